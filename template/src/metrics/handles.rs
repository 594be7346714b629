use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

/// Series that are kept at hand, by a label of theirs with few values.
///
/// To find a series by all its labels, texts are copied and hashed each time, which costs more than
/// to count.
#[derive(Debug)]
pub(super) struct Handles<K, V>(RwLock<HashMap<K, Arc<V>>>);

impl<K: Eq + Hash, V> Handles<K, V> {
    /// What is at hand for this value, made if it is the first time.
    pub(super) fn get<Q>(&self, key: &Q, make: impl FnOnce() -> V) -> Arc<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = known.get(key) {
            return Arc::clone(handle);
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let handle = known.entry(key.to_owned());
        Arc::clone(handle.or_insert_with(|| Arc::new(make())))
    }
}

impl<K, V> Default for Handles<K, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_at_hand_is_not_made_again() {
        let handles = Handles::<String, u8>::default();
        assert_eq!(*handles.get("a", || 1), 1);
        assert_eq!(*handles.get("a", || unreachable!("it is there")), 1);
        assert_eq!(*handles.get("b", || 2), 2);
    }
}
