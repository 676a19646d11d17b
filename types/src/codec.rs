//! The canonical binary encoding: big-endian integers of fixed width, one-byte tags, lengths with a range.
//!
//! Three promises hold for every type that implements [`Wire`]:
//! * **total**: no byte string makes a decoder panic or allocate more than the input justifies;
//! * **canonical**: what decodes encodes to the same bytes, so a value has one encoding and one hash;
//! * **bounded**: every length has a range, and [`from_bytes`] refuses trailing bytes.

use thiserror::Error;

#[cfg(test)]
mod tests;

/// Why bytes are not the encoding of a value: the field that failed, the offset at which it begins, and what was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The input ends inside a field.
    #[error("{field} at byte {offset}: needs {needed} bytes, only {left} are left")]
    UnexpectedEnd {
        /// The field being read.
        field: &'static str,
        /// Where the field begins.
        offset: usize,
        /// Bytes the field needs.
        needed: usize,
        /// Bytes that are left.
        left: usize,
    },
    /// A length or count is outside its range.
    #[error("{field} at byte {offset}: length {length} is outside {min}..={max}")]
    LengthOutOfRange {
        /// The field being read.
        field: &'static str,
        /// Where its length stands.
        offset: usize,
        /// The length found.
        length: usize,
        /// The smallest length allowed.
        min: usize,
        /// The largest length allowed.
        max: usize,
    },
    /// A tag byte names no variant.
    #[error("{field} at byte {offset}: {tag} is no known tag (known: 0..={max})")]
    UnknownTag {
        /// The field being read.
        field: &'static str,
        /// Where the tag stands.
        offset: usize,
        /// The tag found.
        tag: u8,
        /// The largest tag known.
        max: u8,
    },
    /// The bytes have the right shape but no valid value.
    #[error("{field} at byte {offset}: {reason}")]
    InvalidValue {
        /// The field being read.
        field: &'static str,
        /// Where the field begins.
        offset: usize,
        /// What a valid value would be.
        reason: &'static str,
    },
    /// The value is complete, but bytes follow it.
    #[error("{left} trailing bytes at byte {offset}")]
    TrailingBytes {
        /// Where the value ended.
        offset: usize,
        /// How many bytes follow.
        left: usize,
    },
    /// The input as a whole is longer than any valid value of the type.
    #[error("{field}: {length} bytes, at most {max} are allowed")]
    TooLong {
        /// The type being read.
        field: &'static str,
        /// The length of the input.
        length: usize,
        /// The largest length allowed.
        max: usize,
    },
}

/// A type with a canonical encoding.
pub trait Wire: Sized {
    /// Appends the encoding of the value.
    fn write(&self, out: &mut Writer);

    /// Reads one value and leaves the reader behind it.
    ///
    /// # Errors
    /// [`DecodeError`] if the bytes at the reader's position are not the canonical encoding of a value.
    fn read(input: &mut Reader<'_>) -> Result<Self, DecodeError>;
}

/// The canonical encoding of `value`.
pub fn to_bytes<T: Wire>(value: &T) -> Vec<u8> {
    let mut out = Writer::default();
    value.write(&mut out);
    out.into_bytes()
}

/// The value of which `bytes` is the whole canonical encoding.
///
/// # Errors
/// [`DecodeError`] if the bytes are malformed or longer than the value.
pub fn from_bytes<T: Wire>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut input = Reader::new(bytes);
    let value = T::read(&mut input)?;
    input.finish()?;
    Ok(value)
}

/// Collects an encoding.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// An empty writer with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(capacity),
        }
    }

    /// What has been written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Appends bytes without a length (fields of fixed size).
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends one byte.
    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// Appends two bytes, big-endian.
    pub fn u16(&mut self, value: u16) {
        self.raw(&value.to_be_bytes());
    }

    /// Appends four bytes, big-endian.
    pub fn u32(&mut self, value: u32) {
        self.raw(&value.to_be_bytes());
    }

    /// Appends eight bytes, big-endian.
    pub fn u64(&mut self, value: u64) {
        self.raw(&value.to_be_bytes());
    }

    /// Appends sixteen bytes, big-endian.
    pub fn u128(&mut self, value: u128) {
        self.raw(&value.to_be_bytes());
    }

    /// Appends 0 or 1.
    pub fn bool(&mut self, value: bool) {
        self.u8(u8::from(value));
    }

    /// Appends a text of at most 255 bytes behind a one-byte length.
    ///
    /// Types that hold texts keep them within their limits; a longer text would be cut at its 255th byte, and the
    /// result would no longer decode, so constructors must check.
    pub fn short_text(&mut self, text: &str) {
        let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
        self.u8(length);
        self.raw(&text.as_bytes()[..usize::from(length)]);
    }

    /// Appends a four-byte count and then every item.
    pub fn list<T: Wire>(&mut self, items: &[T]) {
        // A Vec of more than 2^32 items never reaches this point: every list has a limit far below.
        self.u32(u32::try_from(items.len()).unwrap_or(u32::MAX));
        for item in items {
            item.write(self);
        }
    }

    /// Appends 0, or 1 and the value.
    pub fn option<T: Wire>(&mut self, value: Option<&T>) {
        self.bool(value.is_some());
        if let Some(value) = value {
            value.write(self);
        }
    }
}

/// Reads an encoding from the front.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// How many bytes have been read.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.bytes.len() - self.offset
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`DecodeError::TrailingBytes`] if bytes are left.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.left() {
            0 => Ok(()),
            left => Err(DecodeError::TrailingBytes {
                offset: self.offset,
                left,
            }),
        }
    }

    /// Reads `length` bytes.
    ///
    /// # Errors
    /// [`DecodeError::UnexpectedEnd`] if fewer are left.
    pub fn raw(&mut self, field: &'static str, length: usize) -> Result<&'a [u8], DecodeError> {
        let left = self.left();
        if length > left {
            return Err(DecodeError::UnexpectedEnd {
                field,
                offset: self.offset,
                needed: length,
                left,
            });
        }
        let bytes = &self.bytes[self.offset..self.offset + length];
        self.offset += length;
        Ok(bytes)
    }

    /// Reads a field of fixed size.
    ///
    /// # Errors
    /// [`DecodeError::UnexpectedEnd`] if fewer than `N` bytes are left.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.raw(field, N)?);
        Ok(array)
    }

    /// Reads one byte.
    ///
    /// # Errors
    /// As [`Reader::array`].
    pub fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array::<1>(field).map(|[byte]| byte)
    }

    /// Reads two bytes, big-endian.
    ///
    /// # Errors
    /// As [`Reader::array`].
    pub fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_be_bytes)
    }

    /// Reads four bytes, big-endian.
    ///
    /// # Errors
    /// As [`Reader::array`].
    pub fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// Reads eight bytes, big-endian.
    ///
    /// # Errors
    /// As [`Reader::array`].
    pub fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field).map(u64::from_be_bytes)
    }

    /// Reads sixteen bytes, big-endian.
    ///
    /// # Errors
    /// As [`Reader::array`].
    pub fn u128(&mut self, field: &'static str) -> Result<u128, DecodeError> {
        self.array(field).map(u128::from_be_bytes)
    }

    /// Reads 0 or 1.
    ///
    /// # Errors
    /// As [`Reader::tag`].
    pub fn bool(&mut self, field: &'static str) -> Result<bool, DecodeError> {
        self.tag(field, 1).map(|tag| tag == 1)
    }

    /// Reads a tag of at most `max`.
    ///
    /// # Errors
    /// [`DecodeError::UnknownTag`] if it is larger.
    pub fn tag(&mut self, field: &'static str, max: u8) -> Result<u8, DecodeError> {
        let offset = self.offset;
        match self.u8(field)? {
            tag if tag <= max => Ok(tag),
            tag => Err(DecodeError::UnknownTag {
                field,
                offset,
                tag,
                max,
            }),
        }
    }

    /// Reads a UTF-8 text of `min..=max` bytes behind a one-byte length.
    ///
    /// # Errors
    /// [`DecodeError::LengthOutOfRange`] or [`DecodeError::InvalidValue`].
    pub fn short_text(
        &mut self,
        field: &'static str,
        min: usize,
        max: usize,
    ) -> Result<&'a str, DecodeError> {
        let offset = self.offset;
        let length = usize::from(self.u8(field)?);
        if !(min..=max).contains(&length) {
            return Err(DecodeError::LengthOutOfRange {
                field,
                offset,
                length,
                min,
                max,
            });
        }
        core::str::from_utf8(self.raw(field, length)?).map_err(|_| DecodeError::InvalidValue {
            field,
            offset,
            reason: "must be UTF-8 text",
        })
    }

    /// Reads a four-byte count within `min..=max`.
    ///
    /// # Errors
    /// [`DecodeError::LengthOutOfRange`] if it is outside.
    pub fn count(
        &mut self,
        field: &'static str,
        min: usize,
        max: usize,
    ) -> Result<usize, DecodeError> {
        let offset = self.offset;
        let length = usize::try_from(self.u32(field)?).unwrap_or(usize::MAX);
        if !(min..=max).contains(&length) {
            return Err(DecodeError::LengthOutOfRange {
                field,
                offset,
                length,
                min,
                max,
            });
        }
        Ok(length)
    }

    /// Reads a list of `min..=max` items behind a four-byte count.
    ///
    /// # Errors
    /// [`DecodeError::LengthOutOfRange`], or whatever an item fails with.
    pub fn list<T: Wire>(
        &mut self,
        field: &'static str,
        min: usize,
        max: usize,
    ) -> Result<Vec<T>, DecodeError> {
        let count = self.count(field, min, max)?;
        // Every item takes at least one byte, so memory stays in proportion to the input.
        let mut items = Vec::with_capacity(count.min(self.left()).min(1024));
        for _ in 0..count {
            items.push(T::read(self)?);
        }
        Ok(items)
    }

    /// Reads 0, or 1 and a value.
    ///
    /// # Errors
    /// [`DecodeError::UnknownTag`] for another flag, or whatever the value fails with.
    pub fn option<T: Wire>(&mut self, field: &'static str) -> Result<Option<T>, DecodeError> {
        if self.bool(field)? {
            T::read(self).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The error for a field that began at `offset` and holds no valid value.
    pub fn invalid(field: &'static str, offset: usize, reason: &'static str) -> DecodeError {
        DecodeError::InvalidValue {
            field,
            offset,
            reason,
        }
    }
}

/// Implements [`Wire`] for a tuple struct around a byte array.
macro_rules! wire_array {
    ($type:ty, $field:literal) => {
        impl $crate::codec::Wire for $type {
            fn write(&self, out: &mut $crate::codec::Writer) {
                out.raw(&self.0);
            }

            fn read(
                input: &mut $crate::codec::Reader<'_>,
            ) -> Result<Self, $crate::codec::DecodeError> {
                input.array($field).map(Self)
            }
        }
    };
}
pub(crate) use wire_array;
