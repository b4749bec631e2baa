//! When a certificate ends: as much DER (X.690) as leads to `notAfter` (RFC 5280 section 4.1.2.5).

/// Seconds since 1970; `None` for what is no certificate.
pub fn not_after(certificate: &[u8]) -> Option<i64> {
    let (certificate, _) = value(certificate, 0x30)?;
    let (mut fields, _) = value(certificate, 0x30)?;
    if fields.first() == Some(&0xa0) {
        fields = value(fields, 0xa0)?.1;
    }
    // Serial number, signature algorithm, issuer.
    for tag in [0x02, 0x30, 0x30] {
        fields = value(fields, tag)?.1;
    }
    let (validity, _) = value(fields, 0x30)?;
    let (_, after) = time(validity)?;
    time(after).map(|(seconds, _)| seconds)
}

/// The content of an element with this tag, and what follows it.
fn value(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(*length) {
        short @ 0..0x80 => (short, rest),
        long => {
            let (digits, rest) = rest
                .split_at_checked(long & 0x7f)
                .filter(|(digits, _)| digits.len() <= 4)?;
            (
                digits
                    .iter()
                    .fold(0, |length, digit| length << 8 | usize::from(*digit)),
                rest,
            )
        }
    };
    rest.split_at_checked(length)
}

/// `UTCTime` holds two digits of the year, `GeneralizedTime` four.
fn time(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let (text, rest, century) = match value(bytes, 0x17) {
        Some((text, rest)) => (text, rest, if text.first()? < &b'5' { "20" } else { "19" }),
        None => value(bytes, 0x18).map(|(text, rest)| (text, rest, ""))?,
    };
    let text = format!("{century}{}", std::str::from_utf8(text).ok()?);
    let moment = jiff::civil::DateTime::strptime("%Y%m%d%H%M%SZ", &text).ok()?;
    Some((
        moment
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_second(),
        rest,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_found() {
        let mut parameters =
            rcgen::CertificateParams::new(vec!["cal.example.org".to_owned()]).unwrap();
        parameters.not_after = rcgen::date_time_ymd(2031, 2, 3);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        assert_eq!(not_after(certificate.der()), Some(1_927_843_200));
        for end in 0..certificate.der().len() {
            let _ = not_after(&certificate.der()[..end]);
        }
        assert_eq!(not_after(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
