//! Modules know each other in one direction: those of the crate in the order that ARCHITECTURE.md states, and files side by side in
//! no circle. A module and those inside it may know each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use syn::{
    Attribute, Item, UseTree,
    visit::{self, Visit},
};

/// A module, by its path from the crate's root.
type Module = Vec<String>;

/// A module inside of another.
fn joined(module: &Module, name: &str) -> Module {
    module.iter().map(String::as_str).chain([name]).map(str::to_owned).collect()
}

/// What stands in one file.
#[derive(Default)]
struct Source {
    /// Where the names lie that it makes its own: `use`, by the name used here.
    names: BTreeMap<String, Vec<String>>,
    /// Every path that it names, from `crate`, `self` or `super` on, or from a name of its own.
    paths: Vec<Vec<String>>,
}

impl Source {
    fn of(text: &str) -> Self {
        let mut source = Self::default();
        source.visit_file(&syn::parse_file(text).expect("Rust"));
        source
    }

    fn use_tree(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: &dyn ToString| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.use_tree(&with(&path.ident), &path.tree),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(before, tree)),
            UseTree::Glob(_) => self.paths.push(before.to_vec()),
            UseTree::Name(name) if name.ident == "self" => self.name(before.to_vec(), before.last().cloned()),
            UseTree::Name(name) => self.name(with(&name.ident), Some(name.ident.to_string())),
            UseTree::Rename(rename) => self.name(with(&rename.ident), Some(rename.rename.to_string())),
        }
    }

    fn name(&mut self, path: Vec<String>, name: Option<String>) {
        self.paths.push(path.clone());
        self.names.extend(name.map(|name| (name, path)));
    }
}

impl<'a> Visit<'a> for Source {
    fn visit_item(&mut self, item: &'a Item) {
        let is_test = |attribute: &Attribute| {
            attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string().contains("test"))
        };
        match item {
            Item::Mod(module) if module.attrs.iter().any(is_test) => {}
            Item::Use(item) => self.use_tree(&[], &item.tree),
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        self.paths.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

/// The files of a crate.
struct Crate(BTreeMap<Module, Source>);

impl Crate {
    fn read(folder: &str, root: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let mut sources = BTreeMap::new();
        let mut folders = vec![(folder, Module::new())];
        while let Some((folder, module)) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                let inner = joined(&module, &name);
                if path.is_dir() && name != "bin" {
                    folders.push((path, inner));
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let own = if name == "mod" || (module.is_empty() && name == root) {
                        module.clone()
                    } else {
                        inner
                    };
                    sources.insert(own, Source::of(&fs::read_to_string(path).unwrap()));
                }
            }
        }
        Self(sources)
    }

    /// The module in which something lies that a module names, whoever hands it on; none if that is outside of the crate.
    fn module_of(&self, from: &Module, path: &[String]) -> Option<Module> {
        let mut module = match path.first()?.as_str() {
            "crate" => Module::new(),
            "self" => from.clone(),
            "super" => from.split_last()?.1.to_vec(),
            name => {
                let own = [&from[..], &[name.to_owned()]].concat();
                if self.0.contains_key(&own) {
                    own
                } else {
                    let path = [self.0[from].names.get(name)?, &path[1..]].concat();
                    // A name that a module gives itself begins elsewhere.
                    return if path[0] == name { None } else { self.module_of(from, &path) };
                }
            }
        };
        for (at, name) in path.iter().enumerate().skip(1) {
            let inner = joined(&module, name);
            if name == "super" {
                module.pop();
            } else if self.0.contains_key(&inner) {
                module = inner;
            } else if let Some(elsewhere) = self.0[&module].names.get(name) {
                let path = [elsewhere, &path[at + 1..]].concat();
                return self.module_of(&module, &path);
            } else {
                break;
            }
        }
        Some(module)
    }

    /// For each module those that it knows, but for a module that one of the two lies in.
    fn known(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let known = |(module, source): (_, &Source)| {
            let all = source.paths.iter().filter_map(|path| self.module_of(module, path));
            let others =
                all.filter(|other: &Module| !other.starts_with(module) && !module.starts_with(other));
            (module, others.collect())
        };
        self.0.iter().map(known).collect()
    }

    /// A circle of modules that know each other, if there is one.
    fn circle(&self) -> Option<Vec<String>> {
        let known = self.known();
        known.keys().find_map(|&start| {
            let mut ways = vec![vec![start]];
            let mut seen = BTreeSet::new();
            while let Some(way) = ways.pop() {
                for next in &known[way[way.len() - 1]] {
                    if next == start {
                        return Some(way.iter().map(|module| module.join("::")).collect());
                    }
                    if seen.insert(next) {
                        ways.push([&way[..], &[next]].concat());
                    }
                }
            }
            None
        })
    }
}

#[test]
fn no_modules_know_each_other_in_a_circle() {
    for (folder, root) in [("src", "lib"), ("src/bin/glimpse", "main"), ("xtask/src", "main")] {
        assert_eq!(Crate::read(folder, root).circle(), None, "{folder}");
    }
}

#[test]
fn each_module_of_the_crate_knows_only_those_above_it_in_the_order_of_architecture_md() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    let (_, order) = text.split_once("knows only those above it in this list:").unwrap();
    let (order, _) = order.split_once('.').unwrap();
    let order: Vec<&str> = order.split('`').skip(1).step_by(2).collect();
    let place = |name: &str| order.iter().position(|module| module == &name);
    for (module, known) in Crate::read("src", "lib").known() {
        let Some(name) = module.first() else { continue };
        let own = place(name).unwrap_or_else(|| panic!("ARCHITECTURE.md leaves out {name}"));
        for other in known.iter().filter(|other| other.first() != Some(name)) {
            assert!(place(&other[0]) < Some(own), "{} knows {}", module.join("::"), other.join("::"));
        }
    }
}

#[test]
fn a_circle_is_found_through_a_name_that_is_handed_on() {
    let module = |path: &str| path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let circle = |b: &str| {
        let sources = [
            (module(""), Source::of("mod a;")),
            (module("a"), Source::of("mod b; mod c; pub use b::B; pub use c::C;")),
            (module("a::b"), Source::of(b)),
            (module("a::c"), Source::of("pub struct C(super::B);")),
        ];
        Crate(sources.into()).circle()
    };
    assert_eq!(circle("pub struct B;"), None);
    assert_eq!(circle("pub struct B; #[cfg(test)] mod tests { use super::super::C; }"), None);
    for b in [
        "use crate::a::C; pub struct B(C);",
        "pub struct B(super::c::C);",
        "use super::*; use super::C as D; pub struct B;",
    ] {
        assert_eq!(circle(b), Some(vec!["a::b".into(), "a::c".into()]), "{b}");
    }
}
