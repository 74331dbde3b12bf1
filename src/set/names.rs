//! What characters are called: by Unicode (crate unicode_names2), Typst (crate codex), HTML (crate entities) and LaTeX (`latex.tsv`, made of KaTeX's table).

use std::{collections::HashMap, sync::LazyLock};

use codex::{Def, Module};
use unicode_normalization::UnicodeNormalization;

/// Commands of LaTeX by what they show: a line a character, its code point, a tab, the command. Made by `sets/latex.js`.
const LATEX: &str = include_str!("latex.tsv");

/// The character in the normal form NFC, which for some has two code points.
pub fn normal(character: char) -> String {
    character.nfc().collect()
}

/// The name in Unicode, as words.
pub fn unicode(character: char) -> Option<String> {
    let name = unicode_names2::name(character)?.to_string().to_lowercase();
    let first = name.chars().next()?.to_uppercase();
    Some(first.chain(name.chars().skip(1)).collect())
}

/// The command in LaTeX.
pub fn latex(character: char) -> Option<&'static str> {
    static COMMANDS: LazyLock<HashMap<char, &str>> = LazyLock::new(|| {
        let entry = |line: &'static str| {
            let (code, command) = line.split_once('\t')?;
            Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, command))
        };
        LATEX.lines().filter_map(entry).collect()
    });
    COMMANDS.get(&character).copied()
}

/// The shortest name among Typst's symbols.
pub fn typst(character: char) -> Option<String> {
    static NAMES: LazyLock<HashMap<char, String>> = LazyLock::new(|| {
        let mut names = HashMap::new();
        collect(codex::SYM, "", &mut names);
        names
    });
    NAMES.get(&character).cloned()
}

fn collect(module: Module, before: &str, names: &mut HashMap<char, String>) {
    for (name, binding) in module.iter().filter(|(_, binding)| binding.deprecation.is_none()) {
        let name = format!("{before}{name}");
        match binding.def {
            Def::Module(inner) => collect(inner, &format!("{name}."), names),
            Def::Symbol(symbol) => {
                for (modifiers, shown, _) in
                    symbol.variants().filter(|(_, _, deprecated)| deprecated.is_none())
                {
                    let Some(character) = single(shown) else { continue };
                    let name =
                        modifiers.into_iter().fold(name.clone(), |name, modifier| name + "." + modifier);
                    let known = names.entry(character).or_insert_with(|| name.clone());
                    if (name.len(), &name) < (known.len(), known) {
                        *known = name;
                    }
                }
            }
        }
    }
}

/// The shortest named entity of HTML, in small letters rather than in capitals.
pub fn html(character: char) -> Option<&'static str> {
    static ENTITIES: LazyLock<HashMap<char, &str>> = LazyLock::new(|| {
        let rank = |entity: &'static str| (entity.len(), std::cmp::Reverse(entity));
        let mut all = HashMap::new();
        for entity in entities::ENTITIES.iter().filter(|entity| entity.entity.ends_with(';')) {
            let Some(character) = single(entity.characters) else { continue };
            let known = all.entry(character).or_insert(entity.entity);
            if rank(entity.entity) < rank(known) {
                *known = entity.entity;
            }
        }
        all
    });
    ENTITIES.get(&character).copied()
}

/// The character of a text that has one, but for a sign that only says how to show it.
fn single(text: &str) -> Option<char> {
    let mut characters = text.chars().filter(|character| !matches!(character, '\u{fe0e}' | '\u{fe0f}'));
    characters.next().filter(|_| characters.next().is_none())
}
