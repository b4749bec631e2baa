//! A bounded memory: two generations of a table, the older one forgotten when the younger is full.

use std::collections::HashMap;
use std::hash::Hash;

/// Holds at most `2 × half` values; what was neither written nor asked for since the last turn goes first.
pub struct Memory<K, V> {
    half: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Eq + Hash + Clone, V> Memory<K, V> {
    pub fn new(half: usize) -> Self {
        Self {
            half: half.max(1),
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    pub fn get(&mut self, key: &K) -> Option<&mut V> {
        if !self.young.contains_key(key) {
            let (key, value) = self.old.remove_entry(key)?;
            self.insert(key, value);
        }
        self.young.get_mut(key)
    }

    pub fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_grows_past_its_bound_and_keeps_what_is_used() {
        let mut memory = Memory::new(10);
        memory.insert(0, "kept");
        for number in 1..1000 {
            memory.insert(number, "new");
            assert!(memory.get(&0).is_some(), "after {number}");
            assert!(memory.young.len() + memory.old.len() <= 20);
        }
        assert!(memory.get(&1).is_none());
    }
}
