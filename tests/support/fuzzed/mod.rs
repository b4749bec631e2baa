//! What must hold of any input at all: one function for each fuzz target. The targets in fuzz/ call them with what the
//! fuzzer makes up, tests/fuzz_finds.rs with the seeds and with everything that was ever found.

mod calendar;
mod dress;
mod feed;
mod mask;
mod protocol;

/// Panics where something does not hold.
pub type Target = fn(&[u8]);

/// Every target, by the name of its folder in fixtures/fuzz.
pub const TARGETS: [(&str, Target); 10] = [
    ("icalendar", calendar::icalendar),
    ("expand", calendar::expand),
    ("vtimezone", calendar::vtimezone),
    ("mask", mask::mask),
    ("dress", dress::dress),
    ("feed", feed::feed),
    ("filter", protocol::filter),
    ("xml", protocol::xml),
    ("if_header", protocol::if_header),
    ("path", protocol::path),
];

/// Runs the target of this name.
pub fn run(name: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|(target, _)| *target == name);
    let (_, target) = found.expect("a target of this name");
    target(data);
}

/// Numbers that depend on the input alone (FNV-1a), so that a find can be replayed.
struct Numbers(u64);

impl Numbers {
    fn of(data: &[u8]) -> Self {
        let seed = data.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(seed)
    }

    /// From `least` to just below `end` (splitmix64).
    fn between(&mut self, least: i64, end: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        least + ((mixed ^ (mixed >> 31)) % end.abs_diff(least)) as i64
    }
}
