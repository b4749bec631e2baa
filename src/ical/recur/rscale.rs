//! The calendar systems of RSCALE other than the Gregorian (RFC 7529), through ICU4X; nothing else names that crate.

use icu_calendar::cal::hijri::{
    TabularAlgorithm, TabularAlgorithmEpoch, TabularAlgorithmLeapYears, UmmAlQura,
};
use icu_calendar::cal::{
    ChineseTraditional, Coptic, Ethiopian, EthiopianEraStyle, Hebrew, Hijri, Indian,
    KoreanTraditional, Persian,
};
use icu_calendar::types::{Month, RataDie};
use icu_calendar::{Calendar, Date};

use super::calendar::Year;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Chinese,
    Coptic,
    Dangi,
    Ethiopic,
    Hebrew,
    Indian,
    IslamicCivil,
    IslamicTabular,
    IslamicUmmAlQura,
    Persian,
}

/// By CLDR name, as `CALDAV:supported-rscale-set` shows them.
pub(super) const SYSTEMS: [(&str, System); 10] = [
    ("CHINESE", System::Chinese),
    ("COPTIC", System::Coptic),
    ("DANGI", System::Dangi),
    ("ETHIOPIC", System::Ethiopic),
    ("HEBREW", System::Hebrew),
    ("INDIAN", System::Indian),
    ("ISLAMIC-CIVIL", System::IslamicCivil),
    ("ISLAMIC-TBLA", System::IslamicTabular),
    ("ISLAMIC-UMALQURA", System::IslamicUmmAlQura),
    ("PERSIAN", System::Persian),
];

/// `islamicc` is the deprecated name of the civil calendar; `islamic` leaves the choice to us.
pub(super) fn named(name: &str) -> Option<System> {
    let name = match name {
        "ISLAMICC" | "ISLAMIC" => "ISLAMIC-CIVIL",
        other => other,
    };
    SYSTEMS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, system)| *system)
}

pub(super) fn name(system: System) -> &'static str {
    let known = SYSTEMS.iter().find(|(_, known)| *known == system);
    known.map_or("GREGORIAN", |(name, _)| name)
}

/// 1970-01-01 in the day count of the crate.
const EPOCH: i64 = 719_163;

fn tabular(epoch: TabularAlgorithmEpoch) -> Hijri<TabularAlgorithm> {
    Hijri::new_tabular(TabularAlgorithmLeapYears::TypeII, epoch)
}

fn ethiopic() -> Ethiopian {
    Ethiopian::new_with_era_style(EthiopianEraStyle::AmeteMihret)
}

pub(super) fn year(system: System, number: i32) -> Option<Year> {
    match system {
        System::Chinese => lay_out(ChineseTraditional::new(), number),
        System::Coptic => lay_out(Coptic, number),
        System::Dangi => lay_out(KoreanTraditional::new(), number),
        System::Ethiopic => lay_out(ethiopic(), number),
        System::Hebrew => lay_out(Hebrew, number),
        System::Indian => lay_out(Indian, number),
        System::IslamicCivil => lay_out(tabular(TabularAlgorithmEpoch::Friday), number),
        System::IslamicTabular => lay_out(tabular(TabularAlgorithmEpoch::Thursday), number),
        System::IslamicUmmAlQura => lay_out(Hijri::<UmmAlQura>::new_umm_al_qura(), number),
        System::Persian => lay_out(Persian, number),
    }
}

pub(super) fn year_of(system: System, day: i64) -> i32 {
    match system {
        System::Chinese => at(ChineseTraditional::new(), day).year().extended_year(),
        System::Coptic => at(Coptic, day).year().extended_year(),
        System::Dangi => at(KoreanTraditional::new(), day).year().extended_year(),
        System::Ethiopic => at(ethiopic(), day).year().extended_year(),
        System::Hebrew => at(Hebrew, day).year().extended_year(),
        System::Indian => at(Indian, day).year().extended_year(),
        System::IslamicCivil => at(tabular(TabularAlgorithmEpoch::Friday), day)
            .year()
            .extended_year(),
        System::IslamicTabular => at(tabular(TabularAlgorithmEpoch::Thursday), day)
            .year()
            .extended_year(),
        System::IslamicUmmAlQura => at(Hijri::<UmmAlQura>::new_umm_al_qura(), day)
            .year()
            .extended_year(),
        System::Persian => at(Persian, day).year().extended_year(),
    }
}

fn at<C: Calendar + Copy>(calendar: C, day: i64) -> Date<C> {
    Date::from_rata_die(RataDie::new(day + EPOCH), calendar)
}

fn lay_out<C: Calendar + Copy>(calendar: C, number: i32) -> Option<Year> {
    let new_year = Date::try_new(number.into(), Month::new(1), 1, calendar).ok()?;
    let first = new_year.to_rata_die().to_i64_date() - EPOCH;
    let mut next = first;
    let months = (0..new_year.months_in_year()).map(|_| {
        let date = at(calendar, next);
        let month = date.month().to_input();
        next += i64::from(date.days_in_month());
        (month.number(), month.is_leap(), date.days_in_month())
    });
    Year::of(number, first, months)
}

#[cfg(test)]
mod tests {
    use super::super::calendar::{days_from, weekday};
    use super::*;

    #[test]
    fn every_system_lays_out_years_without_gap_or_overlap() {
        for (name, system) in SYSTEMS {
            let start = year_of(system, days_from(1930, 6, 1));
            for number in start..start + 130 {
                let (this, next) = (
                    year(system, number).unwrap(),
                    year(system, number + 1).unwrap(),
                );
                assert_eq!(this.end(), next.first, "{name} {number}");
                assert_eq!(year_of(system, this.first), number, "{name}");
                assert_eq!(year_of(system, this.end() - 1), number, "{name}");
            }
        }
    }

    #[test]
    fn the_leap_month_of_the_hebrew_year_is_5l() {
        let year = year(System::Hebrew, 5774).unwrap();
        let leap: Vec<_> = year.months().iter().filter(|month| month.leap).collect();
        assert_eq!((leap.len(), leap[0].number), (1, 5));
        assert_eq!(year.months()[5].first + 7, days_from(2014, 2, 8));
        assert_eq!(weekday(days_from(2014, 2, 8)), 5);
    }
}
