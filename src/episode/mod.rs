//! Few-shot tasks: a support of some characters, then queries to classify. Seeded: the same seed and number give the
//! same episode on every platform. Knows drawings and data sets; knows no model.

mod archive;
mod protocol;

pub use archive::Archive;
pub use protocol::{Protocol, across_writers, with_untaught};

/// An N-way K-shot task. Each query is one trial: which of the characters shown does it show?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Episode<T> {
    /// Drawings shown of each character.
    pub shots: usize,
    /// The drawings shown, character by character.
    pub support: Vec<T>,
    /// The drawings to classify.
    pub queries: Vec<T>,
    /// For each query the index of its character; `None` if its character is not shown.
    pub truth: Vec<Option<usize>>,
}

/// Why something is no [`Episode`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EpisodeError {
    /// There is nothing to choose from, or nothing to ask.
    #[error("an episode needs a drawing shown and a query, this one has {support} and {queries}")]
    Empty {
        /// Drawings shown.
        support: usize,
        /// Queries.
        queries: usize,
    },
    /// The drawings shown are not equally many of each character.
    #[error("{support} drawings shown are not {shots} of each character")]
    Uneven {
        /// Drawings shown.
        support: usize,
        /// Drawings that should be shown of each character.
        shots: usize,
    },
    /// It is not known of each query which of the characters shown it is.
    #[error("{queries} queries need as many characters among the {way} shown, not {truth:?}")]
    BadTruth {
        /// Queries.
        queries: usize,
        /// Characters shown.
        way: usize,
        /// For each query the index of its character, as given.
        truth: Vec<Option<usize>>,
    },
}

impl<T> Episode<T> {
    /// Makes sure that this is a task: something is shown, equally often of each character, and something asked whose truth is
    /// known.
    ///
    /// # Errors
    /// [`EpisodeError`] says what is missing.
    pub fn check(&self) -> Result<(), EpisodeError> {
        let (support, queries) = (self.support.len(), self.queries.len());
        if support == 0 || queries == 0 {
            return Err(EpisodeError::Empty { support, queries });
        }
        if self.shots == 0 || !support.is_multiple_of(self.shots) {
            return Err(EpisodeError::Uneven { support, shots: self.shots });
        }
        let way = self.way();
        if self.truth.len() != queries || self.truth.iter().flatten().any(|&character| character >= way) {
            return Err(EpisodeError::BadTruth { queries, way, truth: self.truth.clone() });
        }
        Ok(())
    }

    /// Characters shown.
    ///
    /// # Panics
    /// If nothing is shown of a character: `shots` is 0.
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
