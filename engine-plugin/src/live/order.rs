//! In which order script systems run: as they ask, and else by (module, system) where they
//! conflict.

mod steady;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bevy::ecs::query::FilteredAccessSet;
use bevy::ecs::schedule::graph::{DiGraph, Direction};
use bevy::ecs::schedule::{
    FlattenedDependencies, InternedSystemSet, NodeId, ScheduleBuildError, ScheduleBuildPass, ScheduleGraph,
    SystemKey, SystemSet, SystemSetKey,
};
use bevy::log::{error, warn};
use bevy::platform::hash::FixedHasher;
use bevy::prelude::*;
use indexmap::IndexSet;
use peristyle_abi::ScheduleCode;
use thiserror::Error;

use steady::Steady;

use crate::calls::system::ScriptSystem;
use crate::insight::scripts::Scripts;
use crate::module::layout::CheckedSystem;

/// Systems that ask to run before and after each other in a circle.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "with it, `before` and `after` close a circle: {}; {}. Take one of these wishes back",
    path.join(" -> "),
    wishes.join(", ")
)]
pub struct OrderCycle {
    /// Which system asks for each step of the circle.
    pub wishes: Vec<String>,
    /// The systems in the order in which each wants to run before the next; the first is also
    /// the last.
    pub path: Vec<String>,
}

/// What one script system asks of the order, and what it touches.
#[derive(Debug)]
struct Ordered {
    schedule: ScheduleCode,
    access: FilteredAccessSet,
    /// Full names.
    before: Vec<String>,
    /// Full names.
    after: Vec<String>,
}

/// The module name under which the game's own sets are known to scripts.
pub(crate) const GAME: &str = "game";

#[derive(Debug, Default)]
struct Table {
    systems: BTreeMap<ScriptSystem, Ordered>,
    /// Sets of the game's own systems, by their full names.
    sets: BTreeMap<String, InternedSystemSet>,
    /// In which order the systems of schedules ran before they were last edited.
    ran: BTreeMap<ScheduleCode, Vec<SystemKey>>,
    /// Wishes that led nowhere and were told.
    warned: BTreeSet<(ScriptSystem, String)>,
}

/// What every loaded script system asks of the order. Shared with the schedules' build passes.
#[derive(Resource, Clone, Default, Debug)]
pub(crate) struct ScriptOrder(Arc<Mutex<Table>>);

/// Why a module's wishes for the order are refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum OrderError {
    /// They close a circle.
    #[error(transparent)]
    Cycle(#[from] OrderCycle),
    /// They name a set that the game does not expose.
    #[error("system `{system}` names `{set}`, which this game does not expose; it exposes: {known}")]
    UnknownSet {
        /// The system.
        system: String,
        /// The set's full name.
        set: String,
        /// The exposed ones.
        known: String,
    },
}

impl ScriptOrder {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Names a set of the game's own systems.
    pub fn expose(&self, name: String, set: InternedSystemSet) {
        self.lock().sets.insert(format!("{GAME}::{name}"), set);
    }

    /// Whether `module` with these systems would close a circle, or names a set that is not there.
    pub fn check(&self, module: &str, systems: &[CheckedSystem]) -> Result<(), OrderError> {
        let table = self.lock();
        for system in systems {
            for name in system.before.iter().chain(&system.after) {
                if name.starts_with("game::") && !table.sets.contains_key(name) {
                    let mut known = table.sets.keys().cloned().collect::<Vec<_>>().join(", ");
                    if known.is_empty() {
                        known.push_str("no set at all");
                    }
                    return Err(OrderError::UnknownSet {
                        system: system.name.clone(),
                        set: name.clone(),
                        known,
                    });
                }
            }
        }
        // An edge is (earlier, later) and binds only within one schedule.
        let mut schedules: BTreeMap<String, ScheduleCode> = BTreeMap::new();
        let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let others = table.systems.iter().filter(|(system, _)| system.module != module);
        let others = others
            .map(|(system, ordered)| (system.to_string(), ordered.schedule, &ordered.before, &ordered.after));
        let own = systems.iter().map(|system| {
            (format!("{module}::{}", system.name), system.schedule, &system.before, &system.after)
        });
        let mut wishes: BTreeMap<(String, String), String> = BTreeMap::new();
        for (name, schedule, before, after) in others.chain(own) {
            for later in before {
                let wish = format!("{name} asks to run before {later}");
                wishes.insert((name.clone(), later.clone()), wish);
                edges.entry(name.clone()).or_default().insert(later.clone());
            }
            for earlier in after {
                let wish = format!("{name} asks to run after {earlier}");
                wishes.insert((earlier.clone(), name.clone()), wish);
                edges.entry(earlier.clone()).or_default().insert(name.clone());
            }
            schedules.insert(name, schedule);
        }
        for (earlier, later) in &mut edges {
            later.retain(|later| {
                schedules.contains_key(later) && schedules.get(later) == schedules.get(earlier)
            });
        }
        for start in systems.iter().map(|system| format!("{module}::{}", system.name)) {
            if let Some(path) =
                path_between(&start, &start, |node| edges.get(node).into_iter().flatten().cloned().collect())
            {
                let steps = path.array_windows().map(|[a, b]| (a.clone(), b.clone()));
                let wishes = steps.filter_map(|step| wishes.remove(&step)).collect();
                return Err(OrderCycle { path, wishes }.into());
            }
        }
        Ok(())
    }

    /// Says which names lead to no system of a module that is loaded, each once: most likely a
    /// typo. A module that is not loaded may come later.
    pub fn warn_of_unknown_systems(&self, scripts: &Scripts) {
        let Table { systems, warned, .. } = &mut *self.lock();
        for (system, ordered) in systems.iter() {
            for name in ordered.before.iter().chain(&ordered.after) {
                let Some((module, other)) = name.split_once("::") else { continue };
                if module == GAME || scripts.get(module).is_none_or(|status| status.version.is_none()) {
                    continue;
                }
                if systems.contains_key(&ScriptSystem::new(module, other)) {
                    continue;
                }
                if warned.insert((system.clone(), name.clone())) {
                    let of_module = systems.keys().filter(|system| system.module == module);
                    let known = of_module.map(|system| system.system.as_str()).collect::<Vec<_>>().join(", ");
                    warn!(
                        "script system {system} names `{name}`, which `{module}` does not have; it has: {known}"
                    );
                }
            }
        }
    }

    /// Takes note of the order in which the systems of a schedule run that is about to be edited.
    pub fn note_order(&self, code: ScheduleCode, schedule: &Schedule) {
        // One that has never run has none.
        if let Ok(systems) = schedule.systems() {
            self.lock().ran.insert(code, systems.map(|(key, _)| key).collect());
        }
    }

    /// Replaces what is known of `module`.
    pub fn set(&self, module: &str, systems: &[CheckedSystem]) {
        let mut table = self.lock();
        table.systems.retain(|system, _| system.module != module);
        for system in systems {
            table.systems.insert(
                ScriptSystem::new(module, &system.name),
                Ordered {
                    schedule: system.schedule,
                    access: system.access(),
                    before: system.before.clone(),
                    after: system.after.clone(),
                },
            );
        }
    }
}

/// The shortest way from `from` to `to` over at least one edge, both ends included.
fn path_between<N: Clone + Ord>(from: &N, to: &N, next: impl Fn(&N) -> Vec<N>) -> Option<Vec<N>> {
    let mut came_from: BTreeMap<N, N> = BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([from.clone()]);
    while let Some(node) = queue.pop_front() {
        for neighbor in next(&node) {
            if neighbor == *to {
                let mut path = vec![neighbor, node.clone()];
                let mut at = node;
                while at != *from {
                    at = came_from.get(&at)?.clone();
                    path.push(at.clone());
                }
                path.reverse();
                return Some(path);
            }
            if neighbor != *from && !came_from.contains_key(&neighbor) {
                came_from.insert(neighbor.clone(), node.clone());
                queue.push_back(neighbor);
            }
        }
    }
    None
}

/// Adds the scripts' edges whenever Bevy builds the schedule.
///
/// Edges are added here and not with `before` and `after` on the system, because a circle that
/// Bevy finds leaves the schedule unusable: an edge that would close one is refused instead.
#[derive(Debug)]
pub(crate) struct ScriptOrderPass {
    order: ScriptOrder,
    schedule: ScheduleCode,
    steady: Steady,
}

impl ScriptOrderPass {
    /// That of one schedule.
    pub fn new(order: ScriptOrder, schedule: ScheduleCode) -> Self {
        Self { order, schedule, steady: Steady::default() }
    }
}

impl ScheduleBuildPass for ScriptOrderPass {
    type EdgeOptions = ();

    fn add_dependency(&mut self, _from: NodeId, _to: NodeId, _options: Option<&()>) {}

    fn collapse_set(
        &mut self,
        _set: SystemSetKey,
        _systems: &IndexSet<SystemKey, FixedHasher>,
        _dependencies: &DiGraph<NodeId>,
    ) -> impl Iterator<Item = (NodeId, NodeId)> {
        std::iter::empty()
    }

    fn build(
        &mut self,
        _world: &mut World,
        graph: &mut ScheduleGraph,
        mut dependencies: FlattenedDependencies<'_>,
    ) -> Result<(), ScheduleBuildError> {
        let table = self.order.lock();
        let scripts: Vec<(&ScriptSystem, &Ordered, SystemKey)> = table
            .systems
            .iter()
            .filter(|(_, ordered)| ordered.schedule == self.schedule)
            .filter_map(|(system, ordered)| {
                Some((system, ordered, *members(graph, system.clone().intern()).first()?))
            })
            .collect();
        // What each name stands for in this schedule: one script system, or a set of the game's.
        let mut named: BTreeMap<String, Vec<SystemKey>> =
            scripts.iter().map(|(system, _, key)| (system.to_string(), vec![*key])).collect();
        named.extend(table.sets.iter().map(|(name, &set)| (name.clone(), members(graph, set))));

        for (system, ordered, key) in &scripts {
            let of = |name: &String| named.get(name).into_iter().flatten().copied();
            for name in &ordered.after {
                of(name).for_each(|earlier| {
                    add_edge(&mut dependencies, (name, earlier), (&system.to_string(), *key))
                });
            }
            for name in &ordered.before {
                of(name).for_each(|later| {
                    add_edge(&mut dependencies, (&system.to_string(), *key), (name, later))
                });
            }
        }

        let positions: HashMap<SystemKey, usize> =
            scripts.iter().enumerate().map(|(position, (.., key))| (*key, position)).collect();
        let line = total_order(dependencies.graph(), &positions);
        for (at, &later) in line.iter().enumerate() {
            for &earlier in &line[..at] {
                let ((first, a, first_key), (second, b, second_key)) = (&scripts[earlier], &scripts[later]);
                if first.module == second.module || !a.access.is_compatible(&b.access) {
                    dependencies.add_edge(*first_key, *second_key);
                }
            }
        }
        let ran = table.ran.get(&self.schedule).map_or(&[][..], Vec::as_slice);
        self.steady.add_edges(graph, ran, &mut dependencies);
        Ok(())
    }
}

/// The systems in a set, also in sets within it.
fn members(graph: &ScheduleGraph, set: InternedSystemSet) -> Vec<SystemKey> {
    let mut systems = Vec::new();
    let mut sets: Vec<SystemSetKey> = graph.system_sets.get_key(set).into_iter().collect();
    while let Some(set) = sets.pop() {
        for (_, member) in graph.hierarchy().graph().edges_directed(NodeId::Set(set), Direction::Outgoing) {
            match member {
                NodeId::System(system) => systems.push(system),
                NodeId::Set(set) => sets.push(set),
            }
        }
    }
    systems
}

/// Adds an edge, unless the game's own ordering already says the opposite.
fn add_edge(
    dependencies: &mut FlattenedDependencies<'_>,
    (earlier_name, earlier): (&str, SystemKey),
    (later_name, later): (&str, SystemKey),
) {
    let graph = dependencies.graph();
    if path_between(&later, &earlier, |&node| graph.neighbors(node).collect()).is_some() {
        error!(
            "script system {earlier_name} cannot run before {later_name}: the game's own systems are ordered \
             the other way round; this wish is ignored"
        );
        return;
    }
    dependencies.add_edge(earlier, later);
}

/// The scripts' positions in one order that respects every edge of the schedule: always the
/// smallest (module, system) that nothing holds back.
fn total_order(graph: &DiGraph<SystemKey>, positions: &HashMap<SystemKey, usize>) -> Vec<usize> {
    // The game's own systems come first and so never hold a script back longer than they must: their order
    // among themselves, which is not fixed, does not show in the scripts'.
    let line = in_line(graph, |node| positions.get(&node).copied());
    line.into_iter().filter_map(|node| positions.get(&node).copied()).collect()
}

/// The systems in one order that respects every edge: always the one of the least rank that nothing holds back.
fn in_line<R: Ord>(graph: &DiGraph<SystemKey>, rank: impl Fn(SystemKey) -> R) -> Vec<SystemKey> {
    let waits_for = |node: SystemKey| graph.neighbors_directed(node, Direction::Incoming).count();
    let mut waiting: HashMap<SystemKey, usize> = graph.nodes().map(|node| (node, waits_for(node))).collect();
    let free = graph.nodes().filter(|node| waiting.get(node) == Some(&0));
    let mut free: BTreeSet<(R, SystemKey)> = free.map(|node| (rank(node), node)).collect();
    let mut line = Vec::with_capacity(waiting.len());
    while let Some((_, node)) = free.pop_first() {
        line.push(node);
        for later in graph.neighbors(node) {
            if let Some(count) = waiting.get_mut(&later) {
                *count -= 1;
                if *count == 0 {
                    free.insert((rank(later), later));
                }
            }
        }
    }
    line
}
