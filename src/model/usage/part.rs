//! Parts of a workload that are measured on their own.

use serde::{Deserialize, Serialize};

/// Which kind of part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// One container of the task definition, over all tasks.
    Container,
    /// One task, with all its containers.
    Task,
}

impl PartKind {
    pub const ALL: [PartKind; 2] = [PartKind::Container, PartKind::Task];

    /// The column that carries its name.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            PartKind::Container => "container",
            PartKind::Task => "task",
        }
    }

    /// Where its readings lie in a store.
    #[must_use]
    pub const fn directory(self) -> &'static str {
        match self {
            PartKind::Container => "containers",
            PartKind::Task => "tasks",
        }
    }
}

/// One part by its name: that of a container, or the id of a task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Part {
    Container(String),
    Task(String),
}

impl Part {
    #[must_use]
    pub const fn kind(&self) -> PartKind {
        match self {
            Part::Container(_) => PartKind::Container,
            Part::Task(_) => PartKind::Task,
        }
    }

    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Part::Container(name) | Part::Task(name) => name,
        }
    }
}
