//! One kind of record, decoded: what is stored, and what it is now.

use std::collections::HashMap;
use std::hash::Hash;

/// What the state holds under a key.
#[derive(Clone, Debug)]
enum Stored<V> {
    /// Not loaded; the record was written without being read.
    Unknown,
    /// Loaded.
    Known(Option<V>),
}

#[derive(Clone, Debug)]
struct Slot<V> {
    stored: Stored<V>,
    /// The value written by this block, if any.
    written: Option<Option<V>>,
}

/// Records of one kind by key.
#[derive(Clone, Debug)]
pub(crate) struct Table<K, V> {
    slots: HashMap<K, Slot<V>>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            slots: HashMap::new(),
        }
    }
}

impl<K: Eq + Hash + Clone, V: Clone + PartialEq> Table<K, V> {
    /// Whether the stored value is known.
    pub fn is_loaded(&self, key: &K) -> bool {
        matches!(
            self.slots.get(key),
            Some(Slot {
                stored: Stored::Known(_),
                ..
            })
        )
    }

    /// Notes what the state holds.
    pub fn load(&mut self, key: K, value: Option<V>) {
        let slot = self.slots.entry(key).or_insert(Slot {
            stored: Stored::Unknown,
            written: None,
        });
        slot.stored = Stored::Known(value);
    }

    /// Notes what the state holds under a key that was written without being read; does nothing otherwise.
    pub fn learn(&mut self, key: &K, value: impl FnOnce() -> Option<V>) {
        if let Some(slot) = self.slots.get_mut(key)
            && matches!(slot.stored, Stored::Unknown)
        {
            slot.stored = Stored::Known(value());
        }
    }

    /// What the state holds, as far as it was read and there is something. In no order.
    pub fn stored(&self) -> impl Iterator<Item = (&K, &V)> {
        self.slots
            .iter()
            .filter_map(|(key, slot)| match &slot.stored {
                Stored::Known(Some(value)) => Some((key, value)),
                _ => None,
            })
    }

    /// The present value; `None` if it is not loaded.
    pub fn get(&self, key: &K) -> Option<Option<&V>> {
        match self.slots.get(key)? {
            Slot {
                written: Some(value),
                ..
            }
            | Slot {
                stored: Stored::Known(value),
                ..
            } => Some(value.as_ref()),
            Slot { .. } => None,
        }
    }

    /// The present value, to be changed in place; `None` if it is not loaded.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut Option<V>> {
        let slot = self.slots.get_mut(key)?;
        if slot.written.is_none() {
            let Stored::Known(value) = &slot.stored else {
                return None;
            };
            slot.written = Some(value.clone());
        }
        slot.written.as_mut()
    }

    /// Writes a value.
    pub fn put(&mut self, key: K, value: Option<V>) {
        let slot = self.slots.entry(key).or_insert(Slot {
            stored: Stored::Unknown,
            written: None,
        });
        slot.written = Some(value);
    }

    /// Forgets everything written.
    pub fn reset(&mut self) {
        self.slots.retain(|_, slot| {
            slot.written = None;
            matches!(slot.stored, Stored::Known(_))
        });
    }

    /// The keys written without knowing what the state holds.
    pub fn unknown(&self) -> impl Iterator<Item = &K> {
        self.slots
            .iter()
            .filter(|(_, slot)| matches!(slot.stored, Stored::Unknown))
            .map(|(key, _)| key)
    }

    /// Every record that is now different from what the state holds: key, stored value, new value. In no order.
    pub fn changes(&self) -> impl Iterator<Item = (&K, Option<&V>, Option<&V>)> {
        self.slots.iter().filter_map(|(key, slot)| {
            let new = slot.written.as_ref()?.as_ref();
            let old = match &slot.stored {
                Stored::Unknown => None,
                Stored::Known(value) => value.as_ref(),
            };
            (new != old).then_some((key, old, new))
        })
    }
}
