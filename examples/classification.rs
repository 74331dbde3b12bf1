//! Teaches twenty invented characters and recognises as many drawings as the first argument says: what `cargo xtask work`
//! counts the instructions of, and the shortest way to see the crate used.

use std::{env, fs};

use glimpse::{
    dataset::InventedAlphabet,
    drawing::Drawing,
    engine::Engine,
    model::{System, Weights},
    recogniser::Recogniser,
};
use pollster::block_on;

const CHARACTERS: usize = 20;

fn main() -> anyhow::Result<()> {
    let drawings: usize = env::args().nth(1).map_or(Ok(CHARACTERS), |count| count.parse())?;
    let weights = Weights::from_bytes(&fs::read("weights/siamese.safetensors")?)?;
    let mut recogniser = block_on(Recogniser::open(System::Siamese, Engine::Simd, &weights))?;
    let alphabet = InventedAlphabet::new(1, CHARACTERS);
    let label = |character: usize| format!("character {character}");
    for character in 0..CHARACTERS {
        block_on(recogniser.learn(&label(character), &alphabet.draw(character, 0)))?;
    }
    let mut right = 0;
    for number in 0..drawings {
        let character = number % CHARACTERS;
        let query = Drawing::from_strokes(&alphabet.draw(character, 1))?;
        right += usize::from(block_on(recogniser.rank(&query))?[0].label == label(character));
    }
    println!("{right} of {drawings} recognised");
    Ok(())
}
