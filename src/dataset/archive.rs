//! Zip archives and folders: each member is read into what it holds. How much is unpacked is bounded, whatever an archive says
//! of itself.

use std::io::{self, Read};

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipFileHeaderRecord, ZipSliceArchive};

use super::DatasetError;

/// Most members of an archive, and most files read from a folder; the largest published archive has 19,280.
const MAX_MEMBERS: usize = 1 << 15;
/// Largest member read, in bytes once unpacked; the largest published one has 980.
const MAX_MEMBER: usize = 1 << 16;
/// Most bytes that the members read may have together, once unpacked; the published ones have at most 4.8 MB.
const MAX_TOTAL: usize = 1 << 24;

/// Members read between two reports of progress.
const BATCH: usize = 256;

/// A member's path, its parts separated by `/`, and its contents.
type Member = (String, Vec<u8>);

/// Which members of an archive are read.
pub(super) struct Wanted {
    /// Whether a member's path is such a one.
    pub takes: fn(&str) -> bool,
    /// What they are, in words: `pictures such as …`.
    pub what: &'static str,
}

impl Wanted {
    /// The error where none is among the files at `paths`.
    fn none_in(&self, paths: &[String]) -> DatasetError {
        let files: Vec<&String> = paths.iter().filter(|path| !is_hidden(path)).collect();
        let found = match (&zips(paths)[..], &files[..]) {
            ([first, second, ..], _) => {
                format!("several zip archives, {first} and {second} among them: give one of them")
            }
            (_, []) => "no files".to_owned(),
            (_, [file]) => format!("{file} alone"),
            (_, [file, ..]) => format!("{} files such as {file}", files.len()),
        };
        DatasetError::NoPictures { wanted: self.what, found }
    }
}

/// Reads each member of a zip archive that is wanted, on every core in native programs: its path and what `read`
/// makes of its path and contents, in the archive's order. Where there is none, but another zip archive, that one is read. After some hundreds of members, and
/// at the end, `progress` is called with the number of members done and of all members.
pub(super) fn read_zip<T: Send>(
    bytes: &[u8],
    wanted: &Wanted,
    read: impl Fn(&str, &[u8]) -> Result<T, DatasetError> + Sync,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Vec<(String, T)>, DatasetError> {
    let paths = list(bytes)?;
    if paths.iter().any(|path| (wanted.takes)(path)) {
        return read_members(bytes, MAX_MEMBER, wanted.takes, read, progress);
    }
    let [inner] = zips(&paths)[..] else { return Err(wanted.none_in(&paths)) };
    let whole = |_: &str, contents: &[u8]| Ok(contents.to_owned());
    let unpacked = read_members(bytes, MAX_TOTAL, |path| path == inner, whole, &mut |_, _| {})?;
    let inner = unpacked.first().map_or(&[][..], |(_, contents)| contents);
    let paths = list(inner)?;
    if paths.iter().any(|path| (wanted.takes)(path)) {
        return read_members(inner, MAX_MEMBER, wanted.takes, read, progress);
    }
    Err(wanted.none_in(&paths))
}

/// The zip archives among the files at `paths`.
fn zips(paths: &[String]) -> Vec<&String> {
    let is_zip = |path: &&String| path.to_ascii_lowercase().ends_with(".zip") && !is_hidden(path);
    paths.iter().filter(is_zip).collect()
}

/// Whether a file is there for a system's own purposes.
fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
}

/// What a file of another format starts with.
const OTHERS: [(&[u8], &str); 4] = [
    (b"Rar!", "it is a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive"),
    (b"\x1f\x8b", "it is gzipped"),
    (b"<", "it is a web page"),
];

fn bad(why: rawzip::Error) -> DatasetError {
    DatasetError::BadArchive(why.to_string())
}

fn open(bytes: &[u8]) -> Result<ZipSliceArchive<&[u8]>, DatasetError> {
    let other = OTHERS.iter().find(|(start, _)| bytes.starts_with(start));
    ZipArchive::from_slice(bytes).map_err(|why| {
        other.map_or_else(|| bad(why), |(_, what)| DatasetError::BadArchive((*what).to_owned()))
    })
}

/// The path of a member, its parts separated by `/`, which some programs write as `\`.
fn path_of(entry: &ZipFileHeaderRecord<'_>) -> String {
    String::from_utf8_lossy(entry.file_path().as_bytes()).replace('\\', "/")
}

/// The paths of an archive's files.
fn list(bytes: &[u8]) -> Result<Vec<String>, DatasetError> {
    let zip = open(bytes)?;
    let count = zip.entries().take(MAX_MEMBERS + 1).count();
    if count > MAX_MEMBERS {
        return Err(DatasetError::TooLarge(format!("over {MAX_MEMBERS} members")));
    }
    if count as u64 != zip.entries_hint() {
        let why = format!("{} members announced, {count} found", zip.entries_hint());
        return Err(DatasetError::BadArchive(why));
    }
    let paths = zip.entries().map(|entry| entry.map(|entry| path_of(&entry)).map_err(bad));
    paths.filter(|path| !path.as_ref().is_ok_and(|path| path.ends_with('/'))).collect()
}

/// The members that `wanted` takes, each of at most so many bytes.
fn read_members<T: Send>(
    bytes: &[u8],
    max_member: usize,
    wanted: impl Fn(&str) -> bool,
    read: impl Fn(&str, &[u8]) -> Result<T, DatasetError> + Sync,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Vec<(String, T)>, DatasetError> {
    let zip = open(bytes)?;
    let count = zip.entries_hint() as usize;
    let mut entries = zip.entries();
    let mut room = Room::new(max_member);
    let mut members = Vec::new();
    for done in (0..count).step_by(BATCH) {
        let mut batch = Vec::new();
        for entry in entries.by_ref().take(BATCH) {
            let entry = entry.map_err(bad)?;
            let path = path_of(&entry);
            if !wanted(&path) {
                continue;
            }
            let bad = |why: String| DatasetError::BadArchive(format!("{path}: {why}"));
            let member = zip.get_entry(entry.wayfinder()).map_err(|why| bad(why.to_string()))?;
            let unpacked: &mut dyn Read = match entry.compression_method() {
                CompressionMethod::STORE => &mut member.verifying_reader(member.data()),
                CompressionMethod::DEFLATE => {
                    &mut member.verifying_reader(DeflateDecoder::new(member.data()))
                }
                _ => return Err(bad("it is compressed by neither deflate nor nothing".to_owned())),
            };
            let contents = room.read(&path, unpacked, |why| bad(why.to_string()))?;
            batch.push((path, contents));
        }
        members.extend(read_all(batch, &read)?);
        progress((done + BATCH).min(count), count);
    }
    Ok(members)
}

/// As [`read_zip`], of the files anywhere under a folder, their paths relative to it.
#[cfg(not(target_family = "wasm"))]
pub(super) fn read_folder<T: Send>(
    folder: &std::path::Path,
    wanted: &Wanted,
    read: impl Fn(&str, &[u8]) -> Result<T, DatasetError> + Sync,
) -> Result<Vec<(String, T)>, DatasetError> {
    let failed = |path: &std::path::Path| {
        let path = path.display().to_string();
        |source| DatasetError::Io { path, source }
    };
    let mut room = Room::new(MAX_MEMBER);
    let mut members = Vec::new();
    let mut others = Vec::new();
    let mut open = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = open.pop() {
        for entry in std::fs::read_dir(&folder).map_err(failed(&folder))? {
            let entry = entry.map_err(failed(&folder))?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(failed(&entry.path()))?.is_dir() {
                open.push((entry.path(), format!("{path}/")));
            } else if (wanted.takes)(&path) {
                let file = std::fs::File::open(entry.path()).map_err(failed(&entry.path()))?;
                let contents = room.read(&path, file, failed(&entry.path()))?;
                members.push((path, contents));
            } else {
                others.push(path);
            }
        }
    }
    if members.is_empty() { Err(wanted.none_in(&others)) } else { read_all(members, &read) }
}

/// What may still be read.
struct Room {
    /// Most bytes of a member.
    max_member: usize,
    members: usize,
    bytes: usize,
}

impl Room {
    fn new(max_member: usize) -> Self {
        Self { max_member, members: MAX_MEMBERS, bytes: MAX_TOTAL }
    }

    /// Reads the contents of the member at `path`.
    fn read(
        &mut self,
        path: &str,
        from: impl Read,
        failed: impl FnOnce(io::Error) -> DatasetError,
    ) -> Result<Vec<u8>, DatasetError> {
        let most = self.max_member.min(self.bytes);
        let mut contents = Vec::new();
        from.take(most as u64 + 1).read_to_end(&mut contents).map_err(failed)?;
        let too_large = |what: String| Err(DatasetError::TooLarge(what));
        if contents.len() > self.max_member {
            return too_large(format!("{path} has over {} bytes", self.max_member));
        }
        if contents.len() > most {
            return too_large(format!("its members have over {MAX_TOTAL} bytes together"));
        }
        if self.members == 0 {
            return too_large(format!("over {MAX_MEMBERS} members"));
        }
        self.members -= 1;
        self.bytes -= contents.len();
        Ok(contents)
    }
}

/// What `read` makes of members, in their order; the first that fails is the error.
fn read_all<T: Send>(
    members: Vec<Member>,
    read: &(impl Fn(&str, &[u8]) -> Result<T, DatasetError> + Sync),
) -> Result<Vec<(String, T)>, DatasetError> {
    let read = |(path, contents): Member| read(&path, &contents).map(|thing| (path, thing));
    #[cfg(feature = "cli")]
    {
        use rayon::prelude::*;
        let read: Vec<_> = members.into_par_iter().map(read).collect();
        read.into_iter().collect()
    }
    #[cfg(not(feature = "cli"))]
    members.into_iter().map(read).collect()
}
