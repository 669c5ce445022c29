//! Where fuel goes: to functions, and to stacks of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Attributes fuel to functions and to stacks of them, from what a module that is metered with
/// [`Instrument::Profile`](crate::Instrument::Profile) tells its host.
///
/// It says the same for the same calls in the same order, on every engine. A host function that calls
/// exports itself counts these in another profile, and [merges](Self::merge) it.
///
/// ```
/// use peristyle_metering::FuelProfile;
///
/// let mut profile = FuelProfile::default();
/// profile.begin(1_000);
/// profile.enter(3, 1_000); // the function that the host called
/// profile.enter(5, 990); // calls another
/// profile.leave(940);
/// profile.leave(939);
/// profile.end(939);
///
/// assert_eq!(profile.fuel(), 61);
/// let [outer, inner] = profile.functions().try_into().unwrap();
/// assert_eq!((outer.self_fuel, outer.total_fuel), (11, 61));
/// assert_eq!((inner.function, inner.calls, inner.self_fuel), (5, 1, 50));
/// assert_eq!(profile.folded(|function| format!("f{function}")), "f3 11\nf3;f5 50\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct FuelProfile {
    functions: BTreeMap<u32, Function>,
    /// Stacks as a tree: each has the one that it extends in front of it.
    stacks: Vec<Stack>,
    /// Stacks by the one that they extend and by their innermost function.
    extended: BTreeMap<(Option<u32>, u32), u32>,
    frames: Vec<Frame>,
    /// Who spends while nobody is in: a host function that was reached by a tail call.
    last: Option<Frame>,
    fuel_left: i64,
    spent: u64,
}

/// What one function used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionFuel {
    /// Its index in the original module.
    pub function: u32,
    /// How often it was called.
    pub calls: u64,
    /// What it used itself, with the host functions that it called.
    pub self_fuel: u64,
    /// What it used together with everything that it called. A function that calls itself is counted once.
    pub total_fuel: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Function {
    calls: u64,
    self_fuel: u64,
    total_fuel: u64,
    /// How often it is among the frames.
    active: u32,
}

#[derive(Clone, Copy, Debug)]
struct Stack {
    outer: Option<u32>,
    function: u32,
    depth: u32,
    fuel: u64,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    function: u32,
    stack: u32,
    /// What had been spent when it began.
    spent: u64,
}

impl FuelProfile {
    /// The most stacks that are told apart. Fuel of further ones belongs to the stack that they extend.
    pub const STACKS_MAX: u32 = 16_384;

    /// The deepest stack. Fuel of deeper ones belongs to their first functions.
    pub const STACK_DEPTH_MAX: u32 = 128;

    /// A call begins with this much fuel.
    pub fn begin(&mut self, fuel_left: i64) {
        self.end(self.fuel_left);
        self.last = None;
        self.fuel_left = fuel_left;
    }

    /// The module called [`ENTER_NAME`](crate::ENTER_NAME) with this function.
    pub fn enter(&mut self, function: u32, fuel_left: i64) {
        self.spend(fuel_left);
        let entry = self.functions.entry(function).or_default();
        entry.calls += 1;
        entry.active += 1;
        let stack = self.extend(self.frames.last().map(|frame| frame.stack), function);
        self.frames.push(Frame { function, stack, spent: self.spent });
    }

    /// The module called [`LEAVE_NAME`](crate::LEAVE_NAME).
    pub fn leave(&mut self, fuel_left: i64) {
        self.spend(fuel_left);
        let Some(frame) = self.frames.pop() else { return };
        self.last = Some(frame);
        let Some(function) = self.functions.get_mut(&frame.function) else { return };
        function.active = function.active.saturating_sub(1);
        if function.active == 0 {
            function.total_fuel += self.spent - frame.spent;
        }
    }

    /// The host gave the call more fuel.
    pub fn refill(&mut self, units: u64) {
        self.fuel_left = self.fuel_left.saturating_add_unsigned(units);
    }

    /// The call ended, in whatever way.
    pub fn end(&mut self, fuel_left: i64) {
        self.spend(fuel_left);
        while !self.frames.is_empty() {
            self.leave(fuel_left);
        }
    }

    /// The functions that are in, outermost first.
    pub fn stack(&self) -> impl ExactSizeIterator<Item = u32> {
        self.frames.iter().map(|frame| frame.function)
    }

    /// The fuel of all calls.
    #[must_use]
    pub fn fuel(&self) -> u64 {
        self.spent
    }

    /// What each function used, by its index.
    #[must_use]
    pub fn functions(&self) -> Vec<FunctionFuel> {
        let used = |(function, used): (&u32, &Function)| FunctionFuel {
            function: *function,
            calls: used.calls,
            self_fuel: used.self_fuel,
            total_fuel: used.total_fuel,
        };
        self.functions.iter().map(used).collect()
    }

    /// What each stack used, as a line `outermost;…;innermost fuel` for flame graphs, by the functions'
    /// indices. The names are what the closure says.
    pub fn folded(&self, mut name: impl FnMut(u32) -> String) -> String {
        let mut folded = String::new();
        // What is left to write, the next one last; a path is the names up to a depth.
        let mut path: Vec<String> = Vec::new();
        let mut left = self.extending(None);
        while let Some(stack) = left.pop() {
            let Some(found) = self.stacks.get(stack as usize) else { continue };
            path.truncate(found.depth as usize);
            path.push(name(found.function).replace(';', ":").replace(['\n', '\r'], " "));
            if found.fuel > 0 {
                let _ = writeln!(folded, "{} {}", path.join(";"), found.fuel);
            }
            left.extend(self.extending(Some(stack)));
        }
        folded
    }

    /// Adds what another profile found. What is in now in either of them is not told apart from what has ended.
    pub fn merge(&mut self, other: &Self) {
        for (function, used) in &other.functions {
            let own = self.functions.entry(*function).or_default();
            own.calls += used.calls;
            own.self_fuel += used.self_fuel;
            own.total_fuel += used.total_fuel;
        }
        // A stack comes behind the one that it extends.
        let mut merged: Vec<u32> = Vec::with_capacity(other.stacks.len());
        for stack in &other.stacks {
            let outer = stack.outer.and_then(|outer| merged.get(outer as usize)).copied();
            let own = self.extend(outer, stack.function);
            merged.push(own);
            self.add(own, stack.fuel);
        }
        self.spent += other.spent;
    }

    /// What was spent since the last event belongs to who is in.
    fn spend(&mut self, fuel_left: i64) {
        let spent = u64::try_from(self.fuel_left.saturating_sub(fuel_left)).unwrap_or(0);
        self.fuel_left = fuel_left;
        let Some(frame) = self.frames.last().copied().or(self.last) else { return };
        self.spent += spent;
        self.add(frame.stack, spent);
        if let Some(function) = self.functions.get_mut(&frame.function) {
            function.self_fuel += spent;
            // It is not in any more to be counted when it ends.
            function.total_fuel += if self.frames.is_empty() { spent } else { 0 };
        }
    }

    fn add(&mut self, stack: u32, fuel: u64) {
        if let Some(stack) = self.stacks.get_mut(stack as usize) {
            stack.fuel += fuel;
        }
    }

    fn extend(&mut self, outer: Option<u32>, function: u32) -> u32 {
        if let Some(stack) = self.extended.get(&(outer, function)) {
            return *stack;
        }
        let stack = self.stacks.len() as u32;
        let outer_stack = outer.and_then(|outer| self.stacks.get(outer as usize));
        let depth = outer_stack.map_or(0, |outer| outer.depth + 1);
        match outer {
            Some(outer) if stack >= Self::STACKS_MAX || depth >= Self::STACK_DEPTH_MAX => return outer,
            _ => {}
        }
        self.stacks.push(Stack { outer, function, depth, fuel: 0 });
        self.extended.insert((outer, function), stack);
        stack
    }

    /// The stacks that extend one, the first function last.
    fn extending(&self, outer: Option<u32>) -> Vec<u32> {
        self.extended.range((outer, 0)..=(outer, u32::MAX)).rev().map(|(_, stack)| *stack).collect()
    }
}
