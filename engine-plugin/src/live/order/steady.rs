//! Systems that touch the same keep the order in which they ran before a reload, also where nobody has ordered them.

use std::collections::{BTreeSet, HashMap};

use bevy::ecs::schedule::graph::{DiGraph, Direction};
use bevy::ecs::schedule::{FlattenedDependencies, ScheduleGraph, SystemKey};

use super::in_line;

/// Systems of a schedule that touch the same and that nothing orders, as Bevy found them.
#[derive(Debug, Default)]
pub(crate) struct Steady {
    pairs: BTreeSet<(SystemKey, SystemKey)>,
    /// How many systems there are in the longest row that each waited for when the schedule was last built.
    depths: HashMap<SystemKey, usize>,
}

impl Steady {
    /// Orders such systems as they ran the last time, in the order `ran`, as far as the edges that there are allow that. On
    /// several threads a system that has less to wait for may have run earlier than that order says: where the two
    /// disagree nothing is added.
    pub fn add_edges(
        &mut self,
        graph: &ScheduleGraph,
        ran: &[SystemKey],
        dependencies: &mut FlattenedDependencies<'_>,
    ) {
        self.pairs.extend(graph.conflicting_systems().iter().map(|(a, b, _)| (*a, *b)));
        let places: HashMap<SystemKey, usize> = (0..).zip(ran).map(|(place, key)| (*key, place)).collect();
        // Where there is a circle Bevy says so.
        let Ok((sorted, graph)) = dependencies.toposort_and_graph() else { return };
        let line = line(sorted, graph, &places);
        let places: HashMap<SystemKey, usize> = (0..).zip(&line).map(|(place, key)| (*key, place)).collect();
        self.pairs.retain(|(a, b)| places.contains_key(a) && places.contains_key(b));
        for (a, b) in &self.pairs {
            let (earlier, later) = if places[a] < places[b] { (a, b) } else { (b, a) };
            if self.depths.get(earlier).zip(self.depths.get(later)).is_some_and(|(a, b)| a <= b) {
                dependencies.add_edge(*earlier, *later);
            }
        }
        if let Ok((sorted, graph)) = dependencies.toposort_and_graph() {
            self.depths = depths(sorted, graph);
        }
    }
}

fn depths(sorted: &[SystemKey], graph: &DiGraph<SystemKey>) -> HashMap<SystemKey, usize> {
    let mut depths: HashMap<SystemKey, usize> = HashMap::with_capacity(sorted.len());
    for &node in sorted {
        let earlier = graph.neighbors_directed(node, Direction::Incoming);
        let depth = earlier.filter_map(|node| depths.get(&node)).max().map_or(0, |depth| depth + 1);
        depths.insert(node, depth);
    }
    depths
}

/// The systems in one order that respects every edge: always the one that nothing holds back and that had the first place,
/// or that another waits for which had it. Those that had none and that nobody waits for come last.
fn line(
    sorted: &[SystemKey],
    graph: &DiGraph<SystemKey>,
    places: &HashMap<SystemKey, usize>,
) -> Vec<SystemKey> {
    let mut ranks: HashMap<SystemKey, usize> = HashMap::with_capacity(sorted.len());
    for &node in sorted.iter().rev() {
        let own = places.get(&node).copied().unwrap_or(usize::MAX);
        let later = graph.neighbors(node).filter_map(|later| ranks.get(&later).copied());
        let rank = later.fold(own, usize::min);
        ranks.insert(node, rank);
    }
    in_line(graph, |node| ranks.get(&node).copied().unwrap_or(usize::MAX))
}
