//! Numbers in rows, and what is done to a picture before its ink is found: blurred, closed, enlarged.

/// Numbers in rows.
pub struct Grid {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

impl Grid {
    pub fn from_fn(width: usize, height: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let mut values = Vec::with_capacity(width * height);
        (0..height).for_each(|y| values.extend((0..width).map(|x| value(x, y))));
        Self { width, height, values }
    }

    pub fn map(mut self, f: impl Fn(f32) -> f32) -> Self {
        self.values.iter_mut().for_each(|v| *v = f(*v));
        self
    }

    pub fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..][..self.width]
    }

    /// The value at a place between values, interpolated linearly. Beyond the edge all is as at the edge.
    pub fn between(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x.clamp(0.0, (self.width - 1) as f32), y.clamp(0.0, (self.height - 1) as f32));
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let (tx, ty) = (x.fract(), y.fract());
        let between = |row: &[f32]| row[left] * (1.0 - tx) + row[right] * tx;
        between(self.row(top)) * (1.0 - ty) + between(self.row(bottom)) * ty
    }

    /// Patches of values above this one, by their indices: each joined by its sides or corners.
    pub fn patches(&self, above: f32) -> Vec<Vec<usize>> {
        let mut left: Vec<bool> = self.values.iter().map(|v| *v > above).collect();
        let mut patches = Vec::new();
        for start in 0..left.len() {
            if !std::mem::replace(&mut left[start], false) {
                continue;
            }
            let mut patch = vec![start];
            let mut at = 0;
            while at < patch.len() {
                let around = self.around(patch[at]);
                patch.extend(around.filter(|&i| std::mem::replace(&mut left[i], false)));
                at += 1;
            }
            patches.push(patch);
        }
        patches
    }

    /// The indices of a value and its eight neighbours, as far as there are any.
    pub fn around(&self, i: usize) -> impl Iterator<Item = usize> + use<> {
        let (width, x, y) = (self.width, i % self.width, i / self.width);
        let columns = x.saturating_sub(1)..(x + 2).min(width);
        (y.saturating_sub(1)..(y + 2).min(self.height))
            .flat_map(move |y| columns.clone().map(move |x| y * width + x))
    }

    /// Whether a value is larger by `by` than those `step` away on both sides, in some direction.
    pub fn is_ridge(&self, i: usize, step: usize, by: f32) -> bool {
        let (x, y, step) = (i % self.width, i / self.width, step as isize);
        let at = |dx: isize, dy: isize| {
            let inside =
                |v: usize, d: isize, side: usize| v.checked_add_signed(d * step).filter(|&v| v < side);
            let place = inside(x, dx, self.width).zip(inside(y, dy, self.height));
            place.map_or(0.0, |(x, y)| self.row(y)[x])
        };
        let least = self.values[i] - by;
        [(1, 0), (0, 1), (1, 1), (1, -1)]
            .into_iter()
            .any(|(dx, dy)| at(dx, dy) < least && at(-dx, -dy) < least)
    }

    /// The width of the pen that left these patches.
    pub fn pen(&self, patches: &[Vec<usize>], above: f32) -> f32 {
        // A line's area is its width times half its outline, of which its right and lower edges are half.
        let area = patches.iter().map(Vec::len).sum::<usize>();
        let edges = |&i: &usize| {
            let right = i % self.width + 1 == self.width || self.values[i + 1] <= above;
            let lower = i + self.width >= self.values.len() || self.values[i + self.width] <= above;
            usize::from(right) + usize::from(lower)
        };
        let half_outline: usize = patches.iter().flatten().map(edges).sum();
        area as f32 / half_outline.max(1) as f32
    }

    /// The mean of each square of `cell` values a side.
    pub fn reduced(&self, cell: usize) -> Self {
        Self::from_fn(self.width.div_ceil(cell), self.height.div_ceil(cell), |x, y| {
            let columns = x * cell..((x + 1) * cell).min(self.width);
            let rows = y * cell..((y + 1) * cell).min(self.height);
            let count = columns.len() * rows.len();
            rows.map(|y| self.row(y)[columns.clone()].iter().sum::<f32>()).sum::<f32>() / count as f32
        })
    }

    /// Undoes [`Self::reduced`], linear between the cells' centres.
    pub fn enlarged(&self, cell: usize, width: usize, height: usize) -> Self {
        let place = |v: usize, side: usize| {
            let at = ((v as f32 + 0.5) / cell as f32 - 0.5).clamp(0.0, (side - 1) as f32);
            (at as usize, (at as usize + 1).min(side - 1), at.fract())
        };
        let columns: Vec<_> = (0..width).map(|x| place(x, self.width)).collect();
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            let (above, below, t) = place(y, self.height);
            let (above, below) = (self.row(above), self.row(below));
            let between = |x: usize| above[x] + t * (below[x] - above[x]);
            values.extend(
                columns.iter().map(|&(left, right, t)| between(left) * (1.0 - t) + between(right) * t),
            );
        }
        Self { width, height, values }
    }

    /// The mean of the square that reaches `reach` to each side of a value. Beyond the edge all is as at the edge.
    pub fn blurred(&self, reach: usize) -> Self {
        let share = 1.0 / (2 * reach + 1) as f32;
        let around = |i: usize, side: usize| ((i + reach).min(side - 1), i.saturating_sub(reach + 1));
        let mut sums = vec![0.0; self.width];
        let add = |sums: &mut [f32], y: usize, times: f32| {
            sums.iter_mut().zip(self.row(y)).for_each(|(sum, v)| *sum += times * v);
        };
        add(&mut sums, 0, (reach + 1) as f32);
        (0..reach).for_each(|y| add(&mut sums, y.min(self.height - 1), 1.0));
        let mut values = Vec::with_capacity(self.values.len());
        for y in 0..self.height {
            let (enters, leaves) = around(y, self.height);
            add(&mut sums, enters, 1.0);
            add(&mut sums, leaves, -1.0);
            let mut sum = sums[0] * (reach + 1) as f32;
            sum += (0..reach).map(|x| sums[x.min(self.width - 1)]).sum::<f32>();
            values.extend((0..self.width).map(|x| {
                let (enters, leaves) = around(x, self.width);
                sum += sums[enters] - sums[leaves];
                sum * share * share
            }));
        }
        Self { width: self.width, height: self.height, values }
    }

    /// The greatest of the square that reaches `reach` to each side of a value.
    pub fn dilated(&self, reach: usize) -> Self {
        self.extended(reach, None).dilate(reach).cropped(reach)
    }

    /// The grey closing by a square that reaches `reach` to each side. Beyond the edge all is as at the edge.
    pub fn closed(&self, reach: usize) -> Self {
        let margin = 2 * reach;
        self.extended(margin, None).dilate(reach).map(|v| -v).dilate(reach).map(|v| -v).cropped(margin)
    }

    /// With a margin of this value, or in which all is as at the edge.
    pub fn extended(&self, margin: usize, value: Option<f32>) -> Self {
        let inside = |v: usize, side: usize| v.saturating_sub(margin).min(side - 1);
        let is_inside = |v: usize, side: usize| (margin..margin + side).contains(&v);
        let (width, height) = (self.width + 2 * margin, self.height + 2 * margin);
        Self::from_fn(width, height, |x, y| match value {
            Some(value) if !(is_inside(x, self.width) && is_inside(y, self.height)) => value,
            _ => self.row(inside(y, self.height))[inside(x, self.width)],
        })
    }

    pub fn cropped(&self, margin: usize) -> Self {
        let (width, height) = (self.width - 2 * margin, self.height - 2 * margin);
        Self::from_fn(width, height, |x, y| self.row(y + margin)[x + margin])
    }

    /// As [`Self::dilated`]; what is nearer to the edge than `reach` is undefined.
    fn dilate(mut self, reach: usize) -> Self {
        greatest(&mut self.values, reach, 1);
        greatest(&mut self.values, reach, self.width);
        self
    }
}

/// Each value becomes the greatest of those up to `reach` steps before and after it; the first and the last `reach`
/// steps of `values`, and of each row where a step is within it, are undefined.
fn greatest(values: &mut [f32], reach: usize, step: usize) {
    let window = 2 * reach + 1;
    let mut covered = 1;
    while covered < window {
        let more = covered.min(window - covered);
        for i in 0..values.len() - more * step {
            values[i] = values[i].max(values[i + more * step]);
        }
        covered += more;
    }
    values.copy_within(..values.len() - reach * step, reach * step);
}
