//! Messages that scripts send to each other, and what happens to components.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bevy::ecs::component::ComponentId;
use bevy::prelude::*;

use super::{Happening, MessageRows};
use crate::types::schema::{LayoutMismatch, SchemaLayout};

/// Has the world tell scripts what happens to a component from now on.
pub(crate) fn watch(world: &mut World, component: ComponentId, happening: Happening) {
    let channel = world.resource::<ScriptChannels>().happening(component, happening);
    if channel.observer().is_some() {
        return;
    }
    let told = Arc::clone(&channel);
    let tell = move |entity: Entity| {
        if !told.is_silent.load(Ordering::Relaxed) {
            told.send(&entity.to_bits().to_le_bytes());
        }
    };
    let observer = match happening {
        Happening::Added => Observer::new(move |event: On<Add>| tell(event.entity)),
        Happening::Removed => Observer::new(move |event: On<Remove>| tell(event.entity)),
    };
    let observer = world.spawn(observer.with_component(component)).id();
    *channel.observer() = Some(observer);
}

/// Messages that scripts send to each other, or entities to which something happened.
#[derive(Debug)]
pub(crate) struct ScriptChannel {
    pub schema: Arc<SchemaLayout>,
    queue: Mutex<Queue>,
    /// What fills it, where that is an observer.
    observer: Mutex<Option<Entity>>,
    /// Whether what happens just now is nothing that scripts are told.
    is_silent: AtomicBool,
}

/// The channels of all messages that scripts alone know.
#[derive(Resource, Debug, Default)]
pub(crate) struct ScriptChannels {
    /// By name, and whether it is of events.
    shared: Mutex<BTreeMap<(String, bool), Shared>>,
    happenings: Mutex<BTreeMap<(ComponentId, Happening), Arc<ScriptChannel>>>,
}

#[derive(Debug)]
struct Shared {
    channel: Arc<ScriptChannel>,
    /// The modules that have asked for it.
    modules: BTreeSet<String>,
}

impl ScriptChannels {
    /// The channel of that schema's name, of messages or of events.
    ///
    /// # Errors
    /// The difference, where another module has another idea of the layout, that layout, and which module.
    pub fn channel(
        &self,
        module: &str,
        schema: &Arc<SchemaLayout>,
        is_event: bool,
    ) -> Result<Arc<ScriptChannel>, (LayoutMismatch, Arc<SchemaLayout>, String)> {
        let mut channels = self.lock();
        let new = || Shared {
            channel: Arc::new(ScriptChannel::new(Arc::clone(schema))),
            modules: BTreeSet::from([module.to_owned()]),
        };
        let shared = channels.entry((schema.name.clone(), is_event)).or_insert_with(new);
        if let Err(mismatch) = schema.check_against(&shared.channel.schema) {
            // Whoever is alone with it may change it.
            if shared.modules.iter().any(|other| other != module) {
                let others = modules_text(shared.modules.iter().filter(|other| *other != module));
                return Err((mismatch, Arc::clone(&shared.channel.schema), others));
            }
            *shared = new();
        }
        shared.modules.insert(module.to_owned());
        Ok(Arc::clone(&shared.channel))
    }

    /// Ends a frame for all channels.
    pub fn end_frame(&self) {
        self.lock().values().for_each(|shared| shared.channel.end_frame());
        self.happenings().values().for_each(|channel| channel.end_frame());
    }

    /// Forgets that a module asked for messages, and those that no other one asked for.
    pub fn leave(&self, module: &str) {
        self.lock().retain(|_, shared| {
            shared.modules.remove(module);
            !shared.modules.is_empty()
        });
    }

    /// Forgets what happens to components where no module wants to know it, and returns the observers of that.
    pub fn drop_unused(&self) -> Vec<Entity> {
        let unused = |channel: &mut Arc<ScriptChannel>| {
            // One is ours, and one the observer's.
            let own = 1 + usize::from(channel.observer().is_some());
            Arc::strong_count(channel) <= own
        };
        let mut happenings = self.happenings();
        let unused = happenings.extract_if(.., |_, channel| unused(channel));
        unused.filter_map(|(_, channel)| *channel.observer()).collect()
    }

    /// The channel of the entities to which that happens.
    pub fn happening(&self, component: ComponentId, happening: Happening) -> Arc<ScriptChannel> {
        let mut happenings = self.happenings();
        let new = || Arc::new(ScriptChannel::new(SchemaLayout::of_entities()));
        Arc::clone(happenings.entry((component, happening)).or_insert_with(new))
    }

    /// Whether scripts are told from now on what happens to these components.
    pub fn set_silent(&self, components: [ComponentId; 2], is_silent: bool) {
        let happenings = self.happenings();
        let channels = happenings.iter().filter(|((component, _), _)| components.contains(component));
        channels.for_each(|(_, channel)| channel.is_silent.store(is_silent, Ordering::Relaxed));
    }

    fn happenings(&self) -> MutexGuard<'_, BTreeMap<(ComponentId, Happening), Arc<ScriptChannel>>> {
        self.happenings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, bool), Shared>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Queue {
    /// The number of the first message that is kept.
    first: u64,
    /// Messages of the last frame, and after them those of this one.
    messages: MessageRows,
    /// How many are the last frame's.
    old: usize,
}

impl ScriptChannel {
    /// A channel without messages.
    pub fn new(schema: Arc<SchemaLayout>) -> Self {
        Self {
            schema,
            queue: Mutex::default(),
            observer: Mutex::default(),
            is_silent: AtomicBool::new(false),
        }
    }

    fn observer(&self) -> MutexGuard<'_, Option<Entity>> {
        self.observer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends whole rows, or one message in packed bytes with strings and lists.
    pub fn send(&self, packed: &[u8]) {
        let messages = &mut self.lock().messages;
        if self.schema.has_slices() {
            messages.push(&self.schema, packed);
        } else {
            messages.rows.extend_from_slice(packed);
        }
    }

    /// Appends the messages from number `cursor` on to `out`, and moves the cursor past them. How
    /// many of them are gone already.
    pub fn read(&self, cursor: &mut u64, out: &mut MessageRows) -> u64 {
        let queue = &*self.lock();
        let lost = queue.first.saturating_sub(*cursor);
        *cursor += lost;
        let len = queue.messages.len(&self.schema);
        let seen = ((*cursor - queue.first) as usize).min(len);
        out.extend(&self.schema, &queue.messages, seen);
        *cursor += (len - seen) as u64;
        lost
    }

    /// Ends a frame: messages of the one before are dropped.
    pub fn end_frame(&self) {
        let queue = &mut *self.lock();
        queue.first += queue.old as u64;
        queue.messages.drop_first(&self.schema, queue.old);
        queue.old = queue.messages.len(&self.schema);
    }
}

/// Modules as an error names them.
pub(crate) fn modules_text<'a>(modules: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<String> = modules.map(|module| format!("`{module}`")).collect();
    format!("module {}", names.join(", "))
}
