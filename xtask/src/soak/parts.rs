//! What a node's folder holds, by what it is for.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path};

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Finalized blocks, with their index.
    Blocks,
    /// Their certificates, with their index.
    Certificates,
    /// Operations of the state.
    Log,
    /// The tree over them.
    Tree,
    /// What execution found out.
    Outcomes,
    /// The history, which may be deleted.
    History,
    /// Lines for people.
    Lines,
    /// Votes, certificates and blocks of the running round, and whatever is small.
    Journals,
}

impl Part {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Blocks,
        Self::Certificates,
        Self::Log,
        Self::Tree,
        Self::Outcomes,
        Self::History,
        Self::Lines,
        Self::Journals,
    ];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blocks => "blocks",
            Self::Certificates => "certificates",
            Self::Log => "state-log",
            Self::Tree => "state-tree",
            Self::Outcomes => "outcomes",
            Self::History => "history",
            Self::Lines => "log",
            Self::Journals => "journals",
        }
    }

    /// What a file or folder of this name is for, in a node's folder or in its `chain`.
    fn of(name: &str) -> Self {
        let beginnings = [
            ("node-blocks-", Self::Blocks),
            ("node-finalizations-", Self::Certificates),
            ("node-state-log", Self::Log),
            ("node-state-", Self::Tree),
            ("node-outcomes", Self::Outcomes),
            ("history", Self::History),
            ("log", Self::Lines),
        ];
        beginnings
            .into_iter()
            .find(|(beginning, _)| name.starts_with(beginning))
            .map_or(Self::Journals, |(_, part)| part)
    }
}

/// Bytes that each part takes on disk, in the order of [`Part::ALL`]. What is removed meanwhile counts for nothing.
pub fn taken(node: &Path) -> [u64; 8] {
    let mut taken = [0; 8];
    let chain = node.join("chain");
    for folder in [node, &chain] {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path() == chain {
                continue;
            }
            let part = Part::of(&entry.file_name().to_string_lossy());
            taken[part as usize] += size(&entry.path());
        }
    }
    taken
}

/// What a file or a folder takes on disk.
fn size(path: &Path) -> u64 {
    let Ok(found) = path.symlink_metadata() else {
        return 0;
    };
    let own = found.blocks() * 512;
    if !found.is_dir() {
        return own;
    }
    let inner = fs::read_dir(path).into_iter().flatten().flatten();
    own + inner.map(|entry| size(&entry.path())).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_of_one_part() {
        let home = tempfile::tempdir().unwrap();
        let node = home.path();
        let write = |name: &str, length: usize| {
            let file = node.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            let file = fs::File::create(file).unwrap();
            std::io::Write::write_all(&mut &file, &vec![1; length]).unwrap();
            file.sync_all().unwrap();
        };
        write("chain/node-blocks-values/0000", 100_000);
        write("chain/node-state-log_data/0000", 200_000);
        write("chain/node-state-tree-blobs/0000", 300_000);
        write("chain/node-consensus-4/0007", 400_000);
        write("history.db-wal", 500_000);
        write("log.1", 600_000);
        let taken = taken(node);
        let of = |part: Part| taken[part as usize];
        assert!((100_000..200_000).contains(&of(Part::Blocks)));
        assert!((200_000..300_000).contains(&of(Part::Log)));
        assert!((300_000..400_000).contains(&of(Part::Tree)));
        assert!((400_000..500_000).contains(&of(Part::Journals)));
        assert!((500_000..600_000).contains(&of(Part::History)));
        assert!((600_000..700_000).contains(&of(Part::Lines)));
        assert_eq!(of(Part::Outcomes), 0);
    }

    #[test]
    fn parts_stand_in_their_order() {
        for (place, part) in Part::ALL.into_iter().enumerate() {
            assert_eq!(part as usize, place, "{}", part.name());
        }
    }
}
