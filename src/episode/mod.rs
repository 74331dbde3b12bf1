//! Few-shot tasks: some characters shown, then queries that must be told apart. Seeded: the same seed and number give the
//! same episode on every platform. Knows drawings and data sets; knows no model.

mod archive;
mod protocol;

pub use archive::Archive;
pub use protocol::Protocol;

/// An N-way K-shot task. Each query is one trial: which of the characters shown does it show?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Episode<T> {
    /// Drawings shown of each character.
    pub shots: usize,
    /// The drawings shown, character by character.
    pub support: Vec<T>,
    pub queries: Vec<T>,
    /// For each query the index of its character; `None` if its character is not shown.
    pub truth: Vec<Option<usize>>,
}

impl<T> Episode<T> {
    /// Characters shown.
    pub fn way(&self) -> usize {
        self.support.len() / self.shots
    }

    /// The same task of other things.
    pub fn map<U>(&self, to: impl Fn(&T) -> U) -> Episode<U> {
        let Self { shots, support, queries, truth } = self;
        let all = |things: &[T]| things.iter().map(&to).collect();
        Episode { shots: *shots, support: all(support), queries: all(queries), truth: truth.clone() }
    }
}

impl<T, E> Episode<Result<T, E>> {
    /// The task of what did not fail, or the first failure.
    ///
    /// # Errors
    /// The first failure.
    pub fn transpose(self) -> Result<Episode<T>, E> {
        Ok(Episode {
            shots: self.shots,
            support: self.support.into_iter().collect::<Result<_, _>>()?,
            queries: self.queries.into_iter().collect::<Result<_, _>>()?,
            truth: self.truth,
        })
    }
}

/// Where a drawing stands in the data that an episode is sampled from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Index of the alphabet; of the run, for the official runs.
    pub alphabet: usize,
    /// Index of the character in its alphabet.
    pub character: usize,
    /// Index of the drawing among its character's.
    pub drawing: usize,
}
