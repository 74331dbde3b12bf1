//! Pictures as convolutions look at them: within borders of zeros.

/// Planes of pictures, channel by channel, picture by picture, each with a border of zeros around it.
pub struct Bordered {
    /// Pixels a side of each picture.
    pub side: usize,
    pub pictures: usize,
    values: Vec<f32>,
}

impl Bordered {
    /// All zeros.
    pub fn new(side: usize, pictures: usize, channels: usize) -> Self {
        Self { side, pictures, values: vec![0.0; channels * pictures * (side + 2).pow(2)] }
    }

    pub fn channels(&self) -> usize {
        self.values.len() / self.plane()
    }

    /// Pixels of all pictures, borders not counted.
    pub fn pixels(&self) -> usize {
        self.pictures * self.side.pow(2)
    }

    /// Values of a channel, borders included.
    pub fn plane(&self) -> usize {
        self.pictures * (self.side + 2).pow(2)
    }

    /// Distance between the rows of a picture.
    pub fn wide(&self) -> usize {
        self.side + 2
    }

    pub fn planes(&self) -> &[f32] {
        &self.values
    }

    /// The pixels, `[channels, pictures, side, side]`.
    pub fn unbordered(&self) -> Vec<f32> {
        let wide = self.wide();
        let pictures = self.values.chunks_exact(wide * wide);
        let rows = pictures.flat_map(|picture| picture[wide..].chunks_exact(wide).take(self.side));
        rows.flat_map(|row| &row[1..=self.side]).copied().collect()
    }

    /// Where, in its channel, the corner lies that the first tap of a kernel sees of a row's first pixel; rows are counted over all pictures.
    pub fn corner(&self, row: usize) -> usize {
        (row / self.side * self.wide() + row % self.side) * self.wide()
    }

    /// The rows of a channel's pixels.
    pub fn rows_mut(&mut self, channel: usize) -> impl Iterator<Item = &mut [f32]> {
        let (side, wide, plane) = (self.side, self.wide(), self.plane());
        let pictures = self.values[channel * plane..][..plane].chunks_exact_mut(wide * wide);
        pictures.flat_map(move |picture| {
            picture[wide..].chunks_exact_mut(wide).take(side).map(move |row| &mut row[1..=side])
        })
    }
}
