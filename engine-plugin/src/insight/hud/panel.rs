//! The panel's entities, and how they come to show what there is to see.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use peristyle_abi::LogLevel;

use super::rows::{ModuleRow, Mood, SystemRow};
use super::theme;
use crate::insight::script_log::ScriptLog;

/// What lies between the panel and the window's edge, and between the panel's edge and its texts.
const MARGIN: Val = Val::Px(12.0);
const BAR_HEIGHT: Val = Val::Px(4.0);
/// From this part of its budget on, a bar warns.
const FUEL_WARN_PART: f32 = 0.8;
/// Above the game's own user interface.
const IN_FRONT: GlobalZIndex = GlobalZIndex(1_000);

/// What a refresh sets.
#[derive(SystemParam)]
pub struct PanelParts<'w, 's> {
    commands: Commands<'w, 's>,
    texts: Query<'w, 's, (&'static mut Text, &'static mut TextColor)>,
    boxes: Query<'w, 's, (&'static mut Node, &'static mut BackgroundColor), Without<Text>>,
}

impl PanelParts<'_, '_> {
    fn set_text(&mut self, entity: Entity, text: &str, color: Color) {
        let Ok((mut shown, mut shown_color)) = self.texts.get_mut(entity) else { return };
        if shown.0 != text {
            text.clone_into(&mut shown.0);
        }
        shown_color.set_if_neq(TextColor(color));
    }

    fn set_box(&mut self, entity: Entity, width: Option<f32>, color: Color) {
        let Ok((mut node, mut shown_color)) = self.boxes.get_mut(entity) else { return };
        if let Some(width) = width.map(percent)
            && node.width != width
        {
            node.width = width;
        }
        shown_color.set_if_neq(BackgroundColor(color));
    }
}

/// The panel's entities and what they show.
#[derive(Resource, Debug)]
pub struct Panel {
    root: Entity,
    header: Entity,
    list: Entity,
    log: Vec<Entity>,
    modules: Vec<ModulePart>,
    shown: Vec<ModuleRow>,
}

#[derive(Debug)]
struct ModulePart {
    mark: Entity,
    state: Entity,
    note: Entity,
    systems: Vec<SystemPart>,
}

#[derive(Debug)]
struct SystemPart {
    figures: Entity,
    bar: Entity,
    fuel: Entity,
}

impl Panel {
    /// Spawns a panel without modules.
    pub fn spawn(commands: &mut Commands, width: f32, log_lines: usize) -> Self {
        let root = Node {
            position_type: PositionType::Absolute,
            top: MARGIN,
            right: MARGIN,
            width: px(width),
            padding: UiRect::all(MARGIN),
            border: UiRect::all(px(1)),
            border_radius: BorderRadius::all(px(8)),
            row_gap: px(10),
            overflow: Overflow::clip(),
            ..column()
        };
        let background = (BackgroundColor(theme::PANEL), BorderColor::all(theme::EDGE));
        let root = commands.spawn((root, background, IN_FRONT, Name::new("Peristyle HUD"))).id();
        let header_row = commands.spawn((spread(), ChildOf(root))).id();
        commands.spawn((theme::line("scripts", theme::TEXT), ChildOf(header_row)));
        let header = commands.spawn((theme::line("", theme::DIM), ChildOf(header_row))).id();
        let list = commands.spawn((Node { row_gap: px(9), ..column() }, ChildOf(root))).id();
        let log_box = commands.spawn((Node { overflow: Overflow::clip(), ..column() }, ChildOf(root))).id();
        let log =
            (0..log_lines).map(|_| commands.spawn((theme::line("", theme::DIM), ChildOf(log_box))).id());
        Self { root, header, list, log: log.collect(), modules: Vec::new(), shown: Vec::new() }
    }

    /// Shows or hides all of it.
    pub fn show(&self, visible: bool, nodes: &mut Query<&mut Node>) {
        if let Ok(mut node) = nodes.get_mut(self.root) {
            node.display = if visible { Display::Flex } else { Display::None };
        }
    }

    /// Shows the line at the top.
    pub fn show_header(&self, parts: &mut PanelParts, text: &str) {
        parts.set_text(self.header, text, theme::DIM);
    }

    /// Shows the newest lines that scripts logged, the newest at the bottom.
    pub fn show_log(&self, parts: &mut PanelParts, log: &ScriptLog) {
        for (&entity, line) in self.log.iter().rev().zip(log.lines().rev()) {
            let color = match line.level {
                LogLevel::Error => theme::BAD,
                LogLevel::Warn => theme::WARN,
                _ => theme::DIM,
            };
            let first_line = line.text.lines().next().unwrap_or_default();
            parts.set_text(entity, &format!("{}: {first_line}", line.module), color);
        }
    }

    /// Shows the modules: only what differs from what is shown is touched.
    pub fn show_modules(&mut self, parts: &mut PanelParts, rows: Vec<ModuleRow>) {
        let is_same_list = self.shown.len() == rows.len()
            && self.shown.iter().zip(&rows).all(|(old, new)| has_same_parts(old, new));
        if is_same_list {
            for ((part, old), new) in self.modules.iter().zip(&self.shown).zip(&rows) {
                if old != new {
                    part.show(parts, new);
                }
            }
        } else {
            parts.commands.entity(self.list).despawn_children();
            self.modules =
                rows.iter().map(|row| ModulePart::spawn(&mut parts.commands, self.list, row)).collect();
        }
        self.shown = rows;
    }
}

/// Whether the entities that show `old` can show `new`.
fn has_same_parts(old: &ModuleRow, new: &ModuleRow) -> bool {
    let names = |row: &ModuleRow| row.systems.iter().map(|system| system.name.clone()).collect::<Vec<_>>();
    old.name == new.name && old.note.is_empty() == new.note.is_empty() && names(old) == names(new)
}

impl ModulePart {
    fn spawn(commands: &mut Commands, list: Entity, row: &ModuleRow) -> Self {
        let module = commands.spawn((Node { row_gap: px(3), ..column() }, ChildOf(list))).id();
        let title = commands.spawn((spread(), ChildOf(module))).id();
        let name = Node { column_gap: px(7), align_items: AlignItems::Center, ..default() };
        let name = commands.spawn((name, ChildOf(title))).id();
        let mark = Node { width: px(7), height: px(7), border_radius: BorderRadius::MAX, ..default() };
        let color = mood_color(row.mood);
        let mark = commands.spawn((mark, BackgroundColor(color), ChildOf(name))).id();
        commands.spawn((theme::line(&row.name, theme::TEXT), ChildOf(name)));
        let state = commands.spawn((theme::line(&row.state, state_color(row)), ChildOf(title))).id();
        let systems = row.systems.iter().map(|system| SystemPart::spawn(commands, module, system)).collect();
        let display = if row.note.is_empty() { Display::None } else { Display::Flex };
        let note = (theme::paragraph(&row.note, note_color(row)), Node { display, ..default() });
        let note = commands.spawn((note, ChildOf(module))).id();
        Self { mark, state, note, systems }
    }

    fn show(&self, parts: &mut PanelParts, row: &ModuleRow) {
        parts.set_box(self.mark, None, mood_color(row.mood));
        parts.set_text(self.state, &row.state, state_color(row));
        parts.set_text(self.note, &row.note, note_color(row));
        for (part, system) in self.systems.iter().zip(&row.systems) {
            parts.set_text(part.figures, &system.figures, theme::DIM);
            parts.set_text(part.fuel, &system.fuel, theme::DIM);
            parts.set_box(part.bar, Some(system.fuel_part * 100.0), fuel_color(system));
        }
    }
}

impl SystemPart {
    fn spawn(commands: &mut Commands, module: Entity, row: &SystemRow) -> Self {
        let figures_row = commands.spawn((spread(), ChildOf(module))).id();
        commands.spawn((theme::line(&row.name, theme::DIM), ChildOf(figures_row)));
        let figures = commands.spawn((theme::line(&row.figures, theme::DIM), ChildOf(figures_row))).id();
        let fuel_row = Node { column_gap: px(10), ..spread() };
        let fuel_row = commands.spawn((fuel_row, ChildOf(module))).id();
        let rail =
            Node { height: BAR_HEIGHT, flex_grow: 1.0, border_radius: BorderRadius::all(px(2)), ..default() };
        let rail = commands.spawn((rail, BackgroundColor(theme::EDGE), ChildOf(fuel_row))).id();
        let bar = Node {
            height: BAR_HEIGHT,
            width: percent(row.fuel_part * 100.0),
            border_radius: BorderRadius::all(px(2)),
            ..default()
        };
        let bar = commands.spawn((bar, BackgroundColor(fuel_color(row)), ChildOf(rail))).id();
        let fuel = commands.spawn((theme::line(&row.fuel, theme::DIM), ChildOf(fuel_row))).id();
        Self { figures, bar, fuel }
    }
}

fn column() -> Node {
    Node { flex_direction: FlexDirection::Column, ..default() }
}

/// One thing at the left, another at the right.
fn spread() -> Node {
    Node { justify_content: JustifyContent::SpaceBetween, align_items: AlignItems::Center, ..default() }
}

fn mood_color(mood: Mood) -> Color {
    match mood {
        Mood::Waiting => theme::DIM,
        Mood::Good => theme::GOOD,
        Mood::Warn => theme::WARN,
        Mood::Bad => theme::BAD,
    }
}

fn state_color(row: &ModuleRow) -> Color {
    if row.mood == Mood::Good { theme::DIM } else { mood_color(row.mood) }
}

/// The reason of a fault is no news for ever.
fn note_color(row: &ModuleRow) -> Color {
    if row.mood == Mood::Good { theme::DIM } else { mood_color(row.mood) }
}

fn fuel_color(row: &SystemRow) -> Color {
    match row {
        SystemRow { mood: Mood::Bad, .. } => theme::BAD,
        SystemRow { fuel_part, .. } if *fuel_part >= FUEL_WARN_PART => theme::WARN,
        _ => theme::FUEL,
    }
}
