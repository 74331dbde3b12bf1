//! Where the pixels of a slice's pictures lie, so that a 3×3 convolution is nine products of whole matrices.

/// Pictures one after another, row after row. A column of zeros follows each row, a row of zeros each picture, and all begins and
/// ends with zeros, so that every pixel has all its neighbours at the same distances.
#[derive(Debug, Clone, Copy)]
pub struct Lattice {
    /// Pixels a side of each picture.
    pub side: usize,
    pub pictures: usize,
}

impl Lattice {
    /// Distance between the rows of a picture.
    pub fn wide(self) -> usize {
        self.side + 1
    }

    /// Places of pixels, the zeros between them, and as many more as make a multiple of 32.
    pub fn places(self) -> usize {
        (self.pictures * self.wide() * self.wide()).next_multiple_of(32)
    }

    /// Zeros before the first pixel, and after the last place.
    pub fn margin(self) -> usize {
        self.wide() + 1
    }

    /// Places and margins.
    pub fn bordered(self) -> usize {
        self.places() + 2 * self.margin()
    }

    /// How far behind a place, counted from the first margin on, lies its neighbour that a tap of the kernel looks at.
    pub fn tap(self, tap: usize) -> usize {
        tap / 3 * self.wide() + tap % 3
    }

    /// The places where rows of pixels begin, picture by picture.
    pub fn rows(self) -> impl Iterator<Item = usize> {
        let wide = self.wide();
        (0..self.pictures)
            .flat_map(move |picture| (0..self.side).map(move |row| (picture * wide + row) * wide))
    }
}
