//! Keys as bytes.

/// A key that chooses a shard, as bytes with a documented order.
///
/// Integers are little-endian, text is UTF-8. Not [`std::hash::Hash`]: what that feeds a hasher may change from one Rust
/// release to the next, and with it the place of every key.
///
/// # Examples
/// ```
/// use tenure::ShardKey;
///
/// struct Account { bank: u16, number: u64 }
/// impl ShardKey for Account {
///     fn with_bytes<T>(&self, f: impl FnOnce(&[u8]) -> T) -> T {
///         self.number.with_bytes(f) // one customer's accounts stand together, whatever the bank
///     }
/// }
/// assert_eq!(Account { bank: 1, number: 258 }.with_bytes(<[u8]>::to_vec), [2, 1, 0, 0, 0, 0, 0, 0]);
/// ```
pub trait ShardKey {
    /// Calls `f` with the bytes of the key. Equal keys must give equal bytes.
    fn with_bytes<T>(&self, f: impl FnOnce(&[u8]) -> T) -> T;
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        /// Little-endian.
        impl ShardKey for $integer {
            fn with_bytes<T>(&self, f: impl FnOnce(&[u8]) -> T) -> T {
                f(&self.to_le_bytes())
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 u128 i8 i16 i32 i64 i128);

macro_rules! bytes {
    ($($text:ty)*) => {$(
        /// Its bytes as they are.
        impl ShardKey for $text {
            fn with_bytes<T>(&self, f: impl FnOnce(&[u8]) -> T) -> T {
                f(self.as_ref())
            }
        }
    )*};
}

bytes!(str String [u8] Vec<u8>);

/// As the key itself.
impl<Q: ShardKey + ?Sized> ShardKey for &Q {
    fn with_bytes<T>(&self, f: impl FnOnce(&[u8]) -> T) -> T {
        (**self).with_bytes(f)
    }
}
