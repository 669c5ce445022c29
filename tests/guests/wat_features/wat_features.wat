;; What a module can do, feature by feature, without a library. The table of features in guest-api/README.md shows
;; lines of it; where a descriptor's fields are stands in the tables there. `beacon.wat` is a smaller one to begin with.
;;
;; Numbers are little-endian. A text and a list are an address and a length.
(module
  (import "peristyle" "log" (func $log (param i32 i32 i32)))
  (import "peristyle" "fault" (func $fault (param i32 i32 i32 i32 i32 i32)))
  (import "peristyle" "row_of" (func $row_of (param i32 i64) (result i32)))
  (memory (export "memory") 1)
  (global (export "peristyle_manifest") i32 (i32.const 0x100))

  ;; What is not written below is zero. Manifest, 64 bytes: size 64, abi_version 1; features, all but 1, 3 and 10;
  ;; 11 systems at 0x140; 1 state block at 0xf00.
  (data (i32.const 0x100) "\40\00\00\00" "PRST" "\01\00\00\00" "\00\00\00\00"
    "\f5\3b\00\00\00\00\00\00" "\40\01\00\00\0b\00\00\00" "\00\0f\00\00\01\00\00\00")

  ;; SystemDescriptors, 72 bytes each: size and schedule; name; export; params.
  (data (i32.const 0x140) "\48\00\00\00\00\00\00\00" "\00\10\00\00\05\00\00\00"       ;; count, FixedUpdate
    "\00\10\00\00\05\00\00\00" "\60\04\00\00\01\00\00\00")                            ;;   params: 1 at 0x460
  (data (i32.const 0x188) "\48\00\00\00\00\00\00\00" "\05\10\00\00\04\00\00\00"       ;; roll, FixedUpdate
    "\05\10\00\00\04\00\00\00" "\80\04\00\00\02\00\00\00")                            ;;   params: 2 at 0x480
  (data (i32.const 0x1d0) "\48\00\00\00\00\00\00\00" "\09\10\00\00\05\00\00\00"       ;; steer, FixedUpdate
    "\09\10\00\00\05\00\00\00" "\c0\04\00\00\01\00\00\00")                            ;;   params: 1 at 0x4c0
  (data (i32.const 0x218) "\48\00\00\00\00\00\00\00" "\0e\10\00\00\06\00\00\00"       ;; follow, FixedUpdate
    "\0e\10\00\00\06\00\00\00" "\e0\04\00\00\02\00\00\00")                            ;;   params: 2 at 0x4e0
  (data (i32.const 0x260) "\48\00\00\00\00\00\00\00" "\14\10\00\00\04\00\00\00"       ;; bind, FixedUpdate
    "\14\10\00\00\04\00\00\00" "\20\05\00\00\02\00\00\00")                            ;;   params: 2 at 0x520
  (data (i32.const 0x2a8) "\48\00\00\00\00\00\00\00" "\18\10\00\00\05\00\00\00"       ;; sweep, FixedUpdate
    "\18\10\00\00\05\00\00\00" "\60\05\00\00\02\00\00\00")                            ;;   params: 2 at 0x560
  (data (i32.const 0x2f0) "\48\00\00\00\00\00\00\00" "\1d\10\00\00\04\00\00\00"       ;; echo, FixedUpdate
    "\1d\10\00\00\04\00\00\00" "\a0\05\00\00\02\00\00\00")                            ;;   params: 2 at 0x5a0
  (data (i32.const 0x338) "\48\00\00\00\00\00\00\00" "\21\10\00\00\04\00\00\00"       ;; hear, FixedUpdate
    "\21\10\00\00\04\00\00\00" "\e0\05\00\00\02\00\00\00")                            ;;   params: 2 at 0x5e0
  (data (i32.const 0x380) "\48\00\00\00\00\00\00\00" "\25\10\00\00\05\00\00\00"       ;; tally, FixedUpdate
    "\25\10\00\00\05\00\00\00" "\20\06\00\00\02\00\00\00")                            ;;   params: 2 at 0x620
  (data (i32.const 0x3c8) "\48\00\00\00\00\00\00\00" "\2a\10\00\00\05\00\00\00"       ;; write, FixedUpdate
    "\2a\10\00\00\05\00\00\00" "\60\06\00\00\02\00\00\00")                            ;;   params: 2 at 0x660
  (data (i32.const 0x410) "\48\00\00\00\01\00\00\00" "\2f\10\00\00\06\00\00\00"       ;; report, Update
    "\2f\10\00\00\06\00\00\00" "\00\00\00\00\00\00\00\00"                             ;;   params: none
    "\00\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00"                             ;;   before, after: none
    "\20\4e\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00" "\20\08\00\00\01\00\00\00") ;;   fuel for a call and a row, conditions

  ;; ParamDescriptors, 32 bytes each: size and kind; terms.
  (data (i32.const 0x460) "\20\00\00\00\01\00\00\00" "\a0\06\00\00\02\00\00\00") ;; count: query, 2 terms at 0x6a0
  (data (i32.const 0x480) "\20\00\00\00\01\00\00\00" "\c0\06\00\00\02\00\00\00") ;; roll: query, 2 terms at 0x6c0
  (data (i32.const 0x4a0) "\20\00\00\00\04\00\00\00")                            ;; roll: random
  (data (i32.const 0x4c0) "\20\00\00\00\01\00\00\00" "\e0\06\00\00\02\00\00\00") ;; steer: query, 2 terms at 0x6e0
  (data (i32.const 0x4e0) "\20\00\00\00\01\00\00\00" "\00\07\00\00\01\00\00\00") ;; follow: query, 1 term at 0x700
  (data (i32.const 0x500) "\20\00\00\00\01\00\00\00" "\10\07\00\00\02\00\00\00") ;; follow: query, 2 terms at 0x710
  (data (i32.const 0x520) "\20\00\00\00\01\00\00\00" "\30\07\00\00\02\00\00\00") ;; bind: query, 2 terms at 0x730
  (data (i32.const 0x540) "\20\00\00\00\02\00\00\00" "\50\07\00\00\04\00\00\00") ;; bind: commands, 4 terms at 0x750
  (data (i32.const 0x560) "\20\00\00\00\01\00\00\00" "\90\07\00\00\02\00\00\00") ;; sweep: query, 2 terms at 0x790
  (data (i32.const 0x580) "\20\00\00\00\02\00\00\00")                            ;; sweep: commands
  (data (i32.const 0x5a0) "\20\00\00\00\05\00\00\00" "\b0\07\00\00\01\00\00\00") ;; echo: messages, 1 term at 0x7b0
  (data (i32.const 0x5c0) "\20\00\00\00\02\00\00\00" "\c0\07\00\00\01\00\00\00") ;; echo: commands, 1 term at 0x7c0
  (data (i32.const 0x5e0) "\20\00\00\00\06\00\00\00" "\d0\07\00\00\01\00\00\00") ;; hear: events, 1 term at 0x7d0
  (data (i32.const 0x600) "\20\00\00\00\02\00\00\00" "\e0\07\00\00\01\00\00\00") ;; hear: commands, 1 term at 0x7e0
  (data (i32.const 0x620) "\20\00\00\00\03\00\00\00" "\f0\07\00\00\01\00\00\00") ;; tally: resource, 1 term at 0x7f0
  (data (i32.const 0x640) "\20\00\00\00\03\00\00\00" "\00\08\00\00\01\00\00\00") ;; tally: resource, 1 term at 0x800
  (data (i32.const 0x660) "\20\00\00\00\01\00\00\00" "\10\08\00\00\01\00\00\00") ;; write: query, 1 term at 0x810
  (data (i32.const 0x680) "\20\00\00\00\08\00\00\00")                            ;; write: room

  ;; TermDescriptors, 16 bytes each: size, kind; schema.
  (data (i32.const 0x6a0) "\10\00\00\00" "\02\00\00\00" "\80\08\00\00")          ;; count: write Counter
  (data (i32.const 0x6b0) "\10\00\00\00" "\04\00\00\00" "\a0\08\00\00")          ;; count: without Frozen
  (data (i32.const 0x6c0) "\10\00\00\00" "\02\00\00\00" "\80\08\00\00")          ;; roll: write Counter
  (data (i32.const 0x6d0) "\10\00\00\00" "\03\00\00\00" "\a0\08\00\00")          ;; roll: with Frozen
  (data (i32.const 0x6e0) "\10\00\00\00" "\02\00\00\00" "\c0\08\00\00")          ;; steer: write Position
  (data (i32.const 0x6f0) "\10\00\00\00" "\05\00\00\00" "\e0\08\00\00")          ;; steer: optional_read Velocity
  (data (i32.const 0x700) "\10\00\00\00" "\01\00\00\00" "\00\09\00\00")          ;; follow: read Link
  (data (i32.const 0x710) "\10\00\00\00" "\02\00\00\00" "\e0\08\00\00")          ;; follow: write Velocity
  (data (i32.const 0x720) "\10\00\00\00" "\04\00\00\00" "\a0\08\00\00")          ;; follow: without Frozen
  (data (i32.const 0x730) "\10\00\00\00" "\09\00\00\00")                         ;; bind: entity
  (data (i32.const 0x740) "\10\00\00\00" "\01\00\00\00" "\20\09\00\00")          ;; bind: read Trigger
  (data (i32.const 0x750) "\10\00\00\00" "\0a\00\00\00" "\80\08\00\00")          ;; bind: insert Counter
  (data (i32.const 0x760) "\10\00\00\00" "\0a\00\00\00" "\00\09\00\00")          ;; bind: insert Link
  (data (i32.const 0x770) "\10\00\00\00" "\0a\00\00\00" "\00\0a\00\00")          ;; bind: insert wat::Charge
  (data (i32.const 0x780) "\10\00\00\00" "\0a\00\00\00" "\20\09\00\00")          ;; bind: insert Trigger
  (data (i32.const 0x790) "\10\00\00\00" "\09\00\00\00")                         ;; sweep: entity
  (data (i32.const 0x7a0) "\10\00\00\00" "\01\00\00\00" "\40\09\00\00")          ;; sweep: read Switch
  (data (i32.const 0x7b0) "\10\00\00\00" "\01\00\00\00" "\60\09\00\00")          ;; echo: read Ping
  (data (i32.const 0x7c0) "\10\00\00\00" "\0b\00\00\00" "\60\09\00\00")          ;; echo: send Ping
  (data (i32.const 0x7d0) "\10\00\00\00" "\01\00\00\00" "\80\09\00\00")          ;; hear: read Alarm
  (data (i32.const 0x7e0) "\10\00\00\00" "\0d\00\00\00" "\80\09\00\00")          ;; hear: trigger Alarm
  (data (i32.const 0x7f0) "\10\00\00\00" "\02\00\00\00" "\a0\09\00\00")          ;; tally: write Score
  (data (i32.const 0x800) "\10\00\00\00" "\01\00\00\00" "\c0\09\00\00")          ;; tally: read Keys
  (data (i32.const 0x810) "\10\00\00\00" "\02\00\00\00" "\e0\09\00\00")          ;; write: write Sign
  (data (i32.const 0x820) "\35\10\00\00\08\00\00\00")                            ;; report: its condition, "every(4)"

  ;; SchemaDescriptors, 32 bytes each: size and kind; name; bytes of a row and its alignment; fields.
  (data (i32.const 0x880)
    "\20\00\00\00\00\00\00\00" "\3d\10\00\00\07\00\00\00" "\04\00\00\00\04\00\00\00" "\e0\0a\00\00\01\00\00\00"  ;; 0x880 Counter
    "\20\00\00\00\00\00\00\00" "\44\10\00\00\06\00\00\00" "\00\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0x8a0 Frozen
    "\20\00\00\00\00\00\00\00" "\4a\10\00\00\08\00\00\00" "\0c\00\00\00\04\00\00\00" "\80\0a\00\00\03\00\00\00"  ;; 0x8c0 Position
    "\20\00\00\00\00\00\00\00" "\52\10\00\00\08\00\00\00" "\0c\00\00\00\04\00\00\00" "\80\0a\00\00\03\00\00\00"  ;; 0x8e0 Velocity
    "\20\00\00\00\00\00\00\00" "\5a\10\00\00\04\00\00\00" "\08\00\00\00\08\00\00\00" "\00\0b\00\00\01\00\00\00"  ;; 0x900 Link
    "\20\00\00\00\00\00\00\00" "\5e\10\00\00\07\00\00\00" "\04\00\00\00\04\00\00\00" "\20\0b\00\00\01\00\00\00"  ;; 0x920 Trigger
    "\20\00\00\00\00\00\00\00" "\65\10\00\00\06\00\00\00" "\04\00\00\00\01\00\00\00" "\40\0b\00\00\02\00\00\00"  ;; 0x940 Switch
    "\20\00\00\00\00\00\00\00" "\6b\10\00\00\04\00\00\00" "\08\00\00\00\04\00\00\00" "\80\0b\00\00\03\00\00\00"  ;; 0x960 Ping
    "\20\00\00\00\00\00\00\00" "\6f\10\00\00\05\00\00\00" "\04\00\00\00\04\00\00\00" "\e0\0b\00\00\01\00\00\00"  ;; 0x980 Alarm
    "\20\00\00\00\00\00\00\00" "\74\10\00\00\05\00\00\00" "\08\00\00\00\04\00\00\00" "\00\0c\00\00\02\00\00\00"  ;; 0x9a0 Score
    "\20\00\00\00\00\00\00\00" "\79\10\00\00\04\00\00\00" "\30\00\00\00\04\00\00\00" "\40\0c\00\00\03\00\00\00"  ;; 0x9c0 Keys
    "\20\00\00\00\00\00\00\00" "\7d\10\00\00\04\00\00\00" "\10\00\00\00\04\00\00\00" "\a0\0c\00\00\02\00\00\00"  ;; 0x9e0 Sign
    "\20\00\00\00\00\00\00\00" "\81\10\00\00\0b\00\00\00" "\04\00\00\00\04\00\00\00" "\e0\0a\00\00\01\00\00\00"  ;; 0xa00 wat::Charge
    "\20\00\00\00\00\00\00\00" "\8c\10\00\00\05\00\00\00" "\04\00\00\00\04\00\00\00" "\e0\0a\00\00\01\00\00\00"  ;; 0xa20 Calls
    "\20\00\00\00\04\00\00\00" "\91\10\00\00\03\00\00\00" "\04\00\00\00\04\00\00\00" "\e0\0a\00\00\01\00\00\00") ;; 0xa40 Sign.marks

  ;; FieldDescriptors, 32 bytes each: size and offset; name; type and count; the schema of a list's elements.
  (data (i32.const 0xa80)
    "\20\00\00\00\00\00\00\00" "\94\10\00\00\01\00\00\00" "\0a\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xa80 x: f32
    "\20\00\00\00\04\00\00\00" "\95\10\00\00\01\00\00\00" "\0a\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xaa0 y: f32
    "\20\00\00\00\08\00\00\00" "\96\10\00\00\01\00\00\00" "\0a\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xac0 z: f32
    "\20\00\00\00\00\00\00\00" "\97\10\00\00\05\00\00\00" "\06\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xae0 value: u32
    "\20\00\00\00\00\00\00\00" "\9c\10\00\00\06\00\00\00" "\0c\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xb00 target: entity
    "\20\00\00\00\00\00\00\00" "\a2\10\00\00\05\00\00\00" "\06\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xb20 armed: u32
    "\20\00\00\00\00\00\00\00" "\a7\10\00\00\02\00\00\00" "\01\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xb40 on: bool
    "\20\00\00\00\01\00\00\00" "\a9\10\00\00\04\00\00\00" "\01\00\00\00\03\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xb60 more: [3]bool
    "\20\00\00\00\00\00\00\00" "\97\10\00\00\05\00\00\00" "\06\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xb80 value: u32
    "\20\00\00\00\04\00\00\00" "\ad\10\00\00\04\00\00\00" "\01\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xba0 loud: bool
    "\20\00\00\00\05\00\00\00" "\b1\10\00\00\08\00\00\00" "\02\00\00\00\03\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xbc0 reserved: [3]u8
    "\20\00\00\00\00\00\00\00" "\b9\10\00\00\05\00\00\00" "\06\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xbe0 level: u32
    "\20\00\00\00\00\00\00\00" "\be\10\00\00\06\00\00\00" "\06\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xc00 points: u32
    "\20\00\00\00\04\00\00\00" "\c4\10\00\00\04\00\00\00" "\0a\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xc20 rate: f32
    "\20\00\00\00\00\00\00\00" "\c8\10\00\00\07\00\00\00" "\06\00\00\00\04\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xc40 pressed: [4]u32
    "\20\00\00\00\10\00\00\00" "\cf\10\00\00\0c\00\00\00" "\06\00\00\00\04\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xc60 just_pressed: [4]u32
    "\20\00\00\00\20\00\00\00" "\db\10\00\00\0d\00\00\00" "\06\00\00\00\04\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xc80 just_released: [4]u32
    "\20\00\00\00\00\00\00\00" "\e8\10\00\00\05\00\00\00" "\0e\00\00\00\01\00\00\00" "\00\00\00\00\00\00\00\00"  ;; 0xca0 title: string
    "\20\00\00\00\08\00\00\00" "\ed\10\00\00\05\00\00\00" "\0f\00\00\00\01\00\00\00" "\40\0a\00\00\00\00\00\00") ;; 0xcc0 marks: []u32

  ;; StateBlockDescriptor, 24 bytes: size and address; name; schema. The block itself begins as zeros.
  (data (i32.const 0xf00) "\18\00\00\00\20\0f\00\00" "\8c\10\00\00\05\00\00\00" "\20\0a\00\00") ;; Calls at 0xf20

  ;; Texts one after the other from 0x1000 on, without anything between.
  (data (i32.const 0x1000) "count" "roll" "steer" "follow" "bind" "sweep" "echo" "hear" "tally" "write"
    "report" "every(4)" "Counter" "Frozen" "Position" "Velocity" "Link" "Trigger" "Switch" "Ping" "Alarm"
    "Score" "Keys" "Sign" "wat::Charge" "Calls" "u32" "x" "y" "z" "value" "target" "armed" "on" "more"
    "loud" "reserved" "level" "points" "rate" "pressed" "just_pressed" "just_released" "title" "marks"
    "no room is left" "closed" "this is the eighth frame" "the third switch is on")

  ;; Rows of a query or a kind of messages: QueryFrame.rows of number `$number` in a list of them.
  (func $rows (param $frames i32) (param $number i32) (result i32)
    (i32.load offset=4 (i32.add (local.get $frames) (i32.mul (local.get $number) (i32.const 24)))))

  ;; The Column `$column` of a QueryFrame.
  (func $column (param $frames i32) (param $number i32) (param $column i32) (result i32)
    (i32.add (i32.mul (local.get $column) (i32.const 16))
      (i32.load offset=8 (i32.add (local.get $frames) (i32.mul (local.get $number) (i32.const 24))))))

  ;; The address of a row: Column.rows and as many strides.
  (func $at (param $frames i32) (param $number i32) (param $column i32) (param $row i32) (result i32)
    (local $address i32)
    (local.set $address (call $column (local.get $frames) (local.get $number) (local.get $column)))
    (i32.add (i32.load offset=4 (local.get $address)) (i32.mul (local.get $row) (i32.load offset=8 (local.get $address)))))

  ;; Whether a row has an optional component: its bit in Column.presence.
  (func $is_present (param $frames i32) (param $number i32) (param $column i32) (param $row i32) (result i32)
    (local $mask i32)
    (local.set $mask (i32.load offset=12 (call $column (local.get $frames) (local.get $number) (local.get $column))))
    (i32.and (i32.const 1) (i32.shr_u
      (i32.load8_u (i32.add (local.get $mask) (i32.shr_u (local.get $row) (i32.const 3))))
      (i32.and (local.get $row) (i32.const 7)))))

  ;; Adds a CommandRecord and gives the address of its payload, whose last 8 bytes are zeros so far.
  (func $record (param $frame i32) (param $kind i32) (param $entity i64) (param $term i32) (param $bytes i32) (result i32)
    (local $buffer i32) (local $record i32) (local $size i32)
    (local.set $buffer (i32.load offset=56 (local.get $frame)))
    (local.set $record (i32.add (i32.load offset=4 (local.get $buffer)) (i32.load offset=12 (local.get $buffer))))
    (local.set $size (i32.and (i32.add (local.get $bytes) (i32.const 31)) (i32.const -8)))
    (if (i32.gt_u (i32.add (i32.load offset=12 (local.get $buffer)) (local.get $size)) (i32.load offset=8 (local.get $buffer)))
      (then (call $fault (i32.const 0x10f2) (i32.const 15) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))
    (i32.store offset=12 (local.get $buffer) (i32.add (i32.load offset=12 (local.get $buffer)) (local.get $size)))
    (i64.store (i32.add (local.get $record) (i32.sub (local.get $size) (i32.const 8))) (i64.const 0))
    (i32.store (local.get $record) (local.get $size))
    (i32.store offset=4 (local.get $record) (local.get $kind))
    (i64.store offset=8 (local.get $record) (local.get $entity))
    (i32.store offset=16 (local.get $record) (local.get $term))
    (i32.store offset=20 (local.get $record) (local.get $bytes))
    (i32.add (local.get $record) (i32.const 24)))

  ;; Spawns an entity and gives its id, which is good for later commands of the call.
  (func $spawn (param $frame i32) (result i64)
    (local $buffer i32) (local $entity i64)
    (local.set $buffer (i32.load offset=56 (local.get $frame)))
    (local.set $entity (i64.add (i64.load offset=16 (local.get $buffer)) (i64.load32_u offset=24 (local.get $buffer))))
    (drop (call $record (local.get $frame) (i32.const 1) (local.get $entity) (i32.const 0) (i32.const 0)))
    (i32.store offset=24 (local.get $buffer) (i32.add (i32.load offset=24 (local.get $buffer)) (i32.const 1)))
    (local.get $entity))

  ;; Takes bytes of the room, and gives their address, a multiple of 4.
  (func $take (param $frame i32) (param $bytes i32) (result i32)
    (local $room i32) (local $used i32)
    (local.set $room (i32.load offset=64 (local.get $frame)))
    (local.set $used (i32.load offset=12 (local.get $room)))
    (if (i32.gt_u (i32.add (local.get $used) (local.get $bytes)) (i32.load offset=8 (local.get $room)))
      (then (call $fault (i32.const 0x10f2) (i32.const 15) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))
    (i32.store offset=12 (local.get $room)
      (i32.and (i32.add (i32.add (local.get $used) (local.get $bytes)) (i32.const 3)) (i32.const -4)))
    (i32.add (i32.load offset=4 (local.get $room)) (local.get $used)))

  ;; The next number of the generator, by the table of the contract: RandomState.words are a, b, c, d.
  (func $draw (param $state i32) (result i64)
    (local $a i64) (local $b i64) (local $c i64) (local $d i64) (local $t i64) (local $drawn i64)
    (local.set $a (i64.load offset=8 (local.get $state)))
    (local.set $b (i64.load offset=16 (local.get $state)))
    (local.set $c (i64.load offset=24 (local.get $state)))
    (local.set $d (i64.load offset=32 (local.get $state)))
    (local.set $drawn (i64.add (i64.rotl (i64.add (local.get $a) (local.get $d)) (i64.const 23)) (local.get $a)))
    (local.set $t (i64.shl (local.get $b) (i64.const 17)))
    (local.set $c (i64.xor (local.get $c) (local.get $a)))
    (local.set $d (i64.xor (local.get $d) (local.get $b)))
    (i64.store offset=16 (local.get $state) (i64.xor (local.get $b) (local.get $c)))
    (i64.store offset=8 (local.get $state) (i64.xor (local.get $a) (local.get $d)))
    (i64.store offset=24 (local.get $state) (i64.xor (local.get $c) (local.get $t)))
    (i64.store offset=32 (local.get $state) (i64.rotl (local.get $d) (i64.const 45)))
    (local.get $drawn))

  ;; A number below `$limit`.
  (func $below (param $state i32) (param $limit i64) (result i32)
    (local $product i64)
    (loop $again
      (local.set $product (i64.mul (i64.shr_u (call $draw (local.get $state)) (i64.const 32)) (local.get $limit)))
      (br_if $again (i64.lt_u
        (i64.and (local.get $product) (i64.const 0xffffffff))
        (i64.rem_u (i64.const 0x100000000) (local.get $limit)))))
    (i32.wrap_i64 (i64.shr_u (local.get $product) (i64.const 32))))

  ;; The systems. CallFrame.queries is at 32, resources at 40, messages and events at 48.

  ;; Adds 1 to every counter that is not frozen.
  (func (export "count") (param $frame i32) (result i32)
    (local $queries i32) (local $row i32) (local $counter i32)
    (local.set $queries (i32.load offset=32 (local.get $frame)))
    (loop $next
      (if (i32.lt_u (local.get $row) (call $rows (local.get $queries) (i32.const 0))) (then
        (local.set $counter (call $at (local.get $queries) (i32.const 0) (i32.const 0) (local.get $row)))
        (i32.store (local.get $counter) (i32.add (i32.load (local.get $counter)) (i32.const 1)))
        (local.set $row (i32.add (local.get $row) (i32.const 1))) (br $next))))
    (i32.const 0))

  ;; Puts a number below 100 into every counter that is frozen. CallFrame.random is at 72.
  (func (export "roll") (param $frame i32) (result i32)
    (local $queries i32) (local $row i32)
    (local.set $queries (i32.load offset=32 (local.get $frame)))
    (loop $next
      (if (i32.lt_u (local.get $row) (call $rows (local.get $queries) (i32.const 0))) (then
        (i32.store (call $at (local.get $queries) (i32.const 0) (i32.const 0) (local.get $row))
          (call $below (i32.load offset=72 (local.get $frame)) (i64.const 100)))
        (local.set $row (i32.add (local.get $row) (i32.const 1))) (br $next))))
    (i32.const 0))

  ;; Moves what has a velocity to the east by it, and everything else to the north by 1.
  (func (export "steer") (param $frame i32) (result i32)
    (local $queries i32) (local $row i32) (local $position i32)
    (local.set $queries (i32.load offset=32 (local.get $frame)))
    (loop $next
      (if (i32.lt_u (local.get $row) (call $rows (local.get $queries) (i32.const 0))) (then
        (local.set $position (call $at (local.get $queries) (i32.const 0) (i32.const 0) (local.get $row)))
        (if (call $is_present (local.get $queries) (i32.const 0) (i32.const 1) (local.get $row))
          (then (f32.store (local.get $position) (f32.add (f32.load (local.get $position))
            (f32.load (call $at (local.get $queries) (i32.const 0) (i32.const 1) (local.get $row))))))
          (else (f32.store offset=4 (local.get $position) (f32.add (f32.load offset=4 (local.get $position)) (f32.const 1)))))
        (local.set $row (i32.add (local.get $row) (i32.const 1))) (br $next))))
    (i32.const 0))

  ;; Lifts everything that a link points to, unless it is frozen.
  (func (export "follow") (param $frame i32) (result i32)
    (local $queries i32) (local $row i32) (local $found i32) (local $velocity i32)
    (local.set $queries (i32.load offset=32 (local.get $frame)))
    (loop $next
      (if (i32.lt_u (local.get $row) (call $rows (local.get $queries) (i32.const 0))) (then
        (local.set $found (call $row_of (i32.const 1)
          (i64.load (call $at (local.get $queries) (i32.const 0) (i32.const 0) (local.get $row)))))
        (if (i32.ge_s (local.get $found) (i32.const 0)) (then
          (local.set $velocity (call $at (local.get $queries) (i32.const 1) (i32.const 0) (local.get $found)))
          (f32.store offset=8 (local.get $velocity) (f32.add (f32.load offset=8 (local.get $velocity)) (f32.const 1)))))
        (local.set $row (i32.add (local.get $row) (i32.const 1))) (br $next))))
    (i32.const 0))

  ;; Gives everything that is armed a charge, a child with a counter and a link to it, and disarms it.
  (func (export "bind") (param $frame i32) (result i32)
    (local $queries i32) (local $row i32) (local $entity i64) (local $armed i32) (local $child i64)
    (local.set $queries (i32.load offset=32 (local.get $frame)))
    (loop $next
      (if (i32.lt_u (local.get $row) (call $rows (local.get $queries) (i32.const 0))) (then
        (local.set $entity (i64.load (call $at (local.get $queries) (i32.const 0) (i32.const 0) (local.get $row))))
        (local.set $armed (i32.load (call $at (local.get $queries) (i32.const 0) (i32.const 1) (local.get $row))))
        (local.set $child (call $spawn (local.get $frame)))
        ;; 3 inserts the component of the term 0, Counter, which has 4 bytes; and so on.
        (i32.store (call $record (local.get $frame) (i32.const 3) (local.get $child) (i32.const 0) (i32.const 4))
          (local.get $armed))
        (i64.store (call $record (local.get $frame) (i32.const 3) (local.get $entity) (i32.const 1) (i32.const 8))
          (local.get $child))
        (i32.store (call $record (local.get $frame) (i32.const 3) (local.get $entity) (i32.const 2) (i32.const 4))
          (local.get $armed))
        ;; 4 removes, 5 makes it a child.
        (drop (call $record (local.get $frame) (i32.const 4) (local.get $entity) (i32.const 3) (i32.const 0)))
        (i64.store (call $record (local.get $frame) (i32.const 5) (local.get $child) (i32.const 0) (i32.const 8))
          (local.get $entity))
        (local.set $row (i32.add (local.get $row) (i32.const 1))) (br $next))))
    (i32.const 0))

  ;; Hides what is switched on, 11, and despawns what is switched on further, 2. A third switch is wrong.
  (func (export "sweep") (param $frame i32) (result i32)
    (local $queries i32) (local $row i32) (local $entity i64) (local $switch i32)
    (local.set $queries (i32.load offset=32 (local.get $frame)))
    (loop $next
      (if (i32.lt_u (local.get $row) (call $rows (local.get $queries) (i32.const 0))) (then
        (local.set $entity (i64.load (call $at (local.get $queries) (i32.const 0) (i32.const 0) (local.get $row))))
        (local.set $switch (call $at (local.get $queries) (i32.const 0) (i32.const 1) (local.get $row)))
        (if (i32.load8_u offset=2 (local.get $switch)) (then
          (call $fault (i32.const 0x111f) (i32.const 22) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))
        (if (i32.load8_u (local.get $switch)) (then
          (drop (call $record (local.get $frame) (i32.const 11) (local.get $entity) (i32.const 0) (i32.const 0)))))
        (if (i32.load8_u offset=1 (local.get $switch)) (then
          (drop (call $record (local.get $frame) (i32.const 2) (local.get $entity) (i32.const 0) (i32.const 0)))))
        (local.set $row (i32.add (local.get $row) (i32.const 1))) (br $next))))
    (i32.const 0))

  ;; Answers every ping by one that is higher by 1, up to 10. A row has 8 bytes: a number, a bool, three zeros.
  (func (export "echo") (param $frame i32) (result i32)
    (local $messages i32) (local $row i32) (local $value i32)
    (local.set $messages (i32.load offset=48 (local.get $frame)))
    (loop $next
      (if (i32.lt_u (local.get $row) (call $rows (local.get $messages) (i32.const 0))) (then
        (local.set $value (i32.load (call $at (local.get $messages) (i32.const 0) (i32.const 0) (local.get $row))))
        (if (i32.lt_u (local.get $value) (i32.const 10)) (then
          (i32.store (call $record (local.get $frame) (i32.const 6) (i64.const 0) (i32.const 0) (i32.const 8))
            (i32.add (local.get $value) (i32.const 1)))))
        (local.set $row (i32.add (local.get $row) (i32.const 1))) (br $next))))
    (i32.const 0))

  ;; Runs on alarms; triggers a lower one for each that is not the lowest.
  (func (export "hear") (param $frame i32) (result i32)
    (local $events i32) (local $row i32) (local $level i32)
    (local.set $events (i32.load offset=48 (local.get $frame)))
    (loop $next
      (if (i32.lt_u (local.get $row) (call $rows (local.get $events) (i32.const 0))) (then
        (local.set $level (i32.load (call $at (local.get $events) (i32.const 0) (i32.const 0) (local.get $row))))
        (if (i32.gt_u (local.get $level) (i32.const 1)) (then
          (i32.store (call $record (local.get $frame) (i32.const 7) (i64.const 0) (i32.const 0) (i32.const 4))
            (i32.sub (local.get $level) (i32.const 1)))))
        (local.set $row (i32.add (local.get $row) (i32.const 1))) (br $next))))
    (i32.const 0))

  ;; Adds to the points the rate, the number of this call, and 100 where the space key is down. Each resource is a
  ;; Column of 16 bytes with one row, whose address is at 4.
  (func (export "tally") (param $frame i32) (result i32)
    (local $score i32) (local $keys i32) (local $points i32)
    (local.set $score (i32.load offset=4 (i32.load offset=40 (local.get $frame))))
    (local.set $keys (i32.load offset=20 (i32.load offset=40 (local.get $frame))))
    ;; The state block goes on from call to call.
    (i32.store (i32.const 0xf20) (i32.add (i32.load (i32.const 0xf20)) (i32.const 1)))
    (local.set $points (i32.add (i32.load (local.get $score)) (i32.load (i32.const 0xf20))))
    ;; Space is key 40: bit 8 of word 1 of `pressed`.
    (if (i32.and (i32.load offset=4 (local.get $keys)) (i32.const 0x100)) (then
      (local.set $points (i32.add (local.get $points) (i32.const 100)))))
    (i32.store (local.get $score) (i32.add (local.get $points) (i32.trunc_f32_u (f32.load offset=4 (local.get $score)))))
    (i32.const 0))

  ;; Writes "closed" where a title begins with P, and else adds "!" to it; puts the sum of all marks in their place.
  ;; Sign.title is at 0 and Sign.marks at 8: an address and a length.
  (func (export "write") (param $frame i32) (result i32)
    (local $queries i32) (local $row i32) (local $sign i32) (local $len i32) (local $new i32) (local $sum i32)
    (local.set $queries (i32.load offset=32 (local.get $frame)))
    (loop $next
      (if (i32.lt_u (local.get $row) (call $rows (local.get $queries) (i32.const 0))) (then
        (local.set $sign (call $at (local.get $queries) (i32.const 0) (i32.const 0) (local.get $row)))
        (local.set $len (i32.load offset=4 (local.get $sign)))
        (if (i32.and (i32.ne (local.get $len) (i32.const 0))
              (i32.eq (i32.load8_u (i32.load (local.get $sign))) (i32.const 80)))
          (then
            (i32.store (local.get $sign) (i32.const 0x1101))
            (i32.store offset=4 (local.get $sign) (i32.const 6)))
          (else
            (local.set $new (call $take (local.get $frame) (i32.add (local.get $len) (i32.const 1))))
            (memory.copy (local.get $new) (i32.load (local.get $sign)) (local.get $len))
            (i32.store8 (i32.add (local.get $new) (local.get $len)) (i32.const 33))
            (i32.store (local.get $sign) (local.get $new))
            (i32.store offset=4 (local.get $sign) (i32.add (local.get $len) (i32.const 1)))))
        (local.set $sum (i32.const 0))
        (local.set $len (i32.load offset=12 (local.get $sign)))
        (loop $mark
          (if (local.get $len) (then
            (local.set $len (i32.sub (local.get $len) (i32.const 1)))
            (local.set $sum (i32.add (local.get $sum)
              (i32.load (i32.add (i32.load offset=8 (local.get $sign)) (i32.mul (local.get $len) (i32.const 4))))))
            (br $mark))))
        (local.set $new (call $take (local.get $frame) (i32.const 4)))
        (i32.store (local.get $new) (local.get $sum))
        (i32.store offset=8 (local.get $sign) (local.get $new))
        (i32.store offset=12 (local.get $sign) (i32.const 1))
        (local.set $row (i32.add (local.get $row) (i32.const 1))) (br $next))))
    (i32.const 0))

  ;; Is asked in every fourth frame, on a small budget, and says that the eighth one is there. CallFrame.tick is at 8.
  (func (export "report") (param $frame i32) (result i32)
    (if (i64.eq (i64.load offset=8 (local.get $frame)) (i64.const 8)) (then
      (call $log (i32.const 3) (i32.const 0x1107) (i32.const 24))))
    (i32.const 0)))
