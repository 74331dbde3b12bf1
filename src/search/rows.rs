//! Rows of numbers in blocks, since a WebAssembly module never gives back what a growing list outgrew.

/// Rows of `WIDTH` numbers each.
#[derive(Debug, Clone)]
pub struct Rows<T, const WIDTH: usize>(Vec<Vec<[T; WIDTH]>>);

/// Rows of a block.
const BLOCK: usize = 16;

impl<T, const WIDTH: usize> Default for Rows<T, WIDTH> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy, const WIDTH: usize> Rows<T, WIDTH> {
    pub fn len(&self) -> usize {
        self.0.last().map_or(0, |last| (self.0.len() - 1) * BLOCK + last.len())
    }

    pub fn push(&mut self, row: [T; WIDTH]) {
        if self.0.last().is_none_or(|last| last.len() == BLOCK) {
            self.0.push(Vec::with_capacity(BLOCK));
        }
        self.0.last_mut().expect("a block that is not full").push(row);
    }

    /// Neighbouring rows, all of them a block at a time.
    pub fn blocks(&self) -> impl Iterator<Item = &[[T; WIDTH]]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// # Panics
    /// If there is no row of this index.
    pub fn get(&self, row: usize) -> &[T; WIDTH] {
        &self.0[row / BLOCK][row % BLOCK]
    }

    /// Keeps only the rows of these indices, which ascend.
    pub fn keep(&mut self, kept: &[usize]) {
        for (to, &from) in kept.iter().enumerate() {
            self.0[to / BLOCK][to % BLOCK] = *self.get(from);
        }
        self.0.truncate(kept.len().div_ceil(BLOCK));
        if let Some(last) = self.0.last_mut() {
            last.truncate((kept.len() - 1) % BLOCK + 1);
        }
    }
}
