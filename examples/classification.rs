//! Teaches twenty invented characters and recognises as many drawings as the first argument says: what `cargo xtask work`
//! counts the instructions of, and the shortest way to see the crate used.

use std::{env, error::Error};

use glimpse::{blocking::Recogniser, dataset::InventedAlphabet, model::System};

const CHARACTERS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let drawings: usize = env::args().nth(1).map_or(Ok(CHARACTERS), |count| count.parse())?;
    let mut recogniser = Recogniser::open(System::Siamese, &System::Siamese.weights())?;
    let alphabet = InventedAlphabet::new(1, CHARACTERS);
    let label = |character: usize| format!("character {character}");
    for character in 0..CHARACTERS {
        recogniser.learn(&label(character), &alphabet.draw(character, 0))?;
    }
    let mut right = 0;
    for number in 0..drawings {
        let character = number % CHARACTERS;
        let query = alphabet.draw(character, 1);
        right += usize::from(recogniser.rank(&query)?[0].label == label(character));
    }
    println!("{right} of {drawings} recognised");
    Ok(())
}
