;; Lets the beacons on the pads fade in and out: a script in plain WebAssembly text.
;;
;; It uses no library. Everything that a game reads of a module stands below as data, byte by
;; byte, after the tables of ABI v1 in guest-api/README.md. Copy it to begin one of your own.
;;
;; Three rules to read the data:
;;   - numbers are little-endian, so 64 is "\40\00\00\00";
;;   - every struct begins with its own size in bytes;
;;   - a slice is 8 bytes, an address and a length: of a string in bytes, of a list in items.
(module
  ;; The game reads and writes the module's memory through this export. One page is 64 KiB; the
  ;; game grows the memory for its call frames.
  (memory (export "memory") 1)

  ;; Where the manifest lies. The game reads it before any code of the module runs.
  (global (export "peristyle_manifest") i32 (i32.const 0x100))

  ;; Manifest, 64 bytes at 0x100
  (data (i32.const 0x100)
    "\40\00\00\00"                  ;;  0 size: 64
    "PRST"                          ;;  4 magic
    "\01\00\00\00"                  ;;  8 abi_version: 1
    "\00\00\00\00"                  ;; 12 flags: 0
    "\00\00\00\00\00\00\00\00"      ;; 16 features: none beyond the base
    "\00\02\00\00" "\01\00\00\00"   ;; 24 systems: 1 at 0x200
    "\00\00\00\00" "\00\00\00\00"   ;; 32 state_blocks: none
    "\00\00\00\00" "\00\00\00\00"   ;; 40 arena: none, so the game grows the memory
    "\00\00\00\00" "\00\00\00\00"   ;; 48 components: none
    "\00\00\00\00\00\00\00\00")     ;; 56 reserved: 0

  ;; SystemDescriptor of `blink`, 72 bytes at 0x200
  (data (i32.const 0x200)
    "\48\00\00\00"                  ;;  0 size: 72
    "\00\00\00\00"                  ;;  4 schedule: 0, FixedUpdate
    "\00\06\00\00" "\05\00\00\00"   ;;  8 name: 5 bytes at 0x600, "blink"
    "\00\06\00\00" "\05\00\00\00"   ;; 16 export: the function below has the same name
    "\00\03\00\00" "\01\00\00\00"   ;; 24 params: 1 at 0x300
    "\00\00\00\00" "\00\00\00\00"   ;; 32 before: no system
    "\00\00\00\00" "\00\00\00\00"   ;; 40 after: no system
    "\00\00\00\00\00\00\00\00"      ;; 48 fuel_per_call: 0, the game decides
    "\00\00\00\00\00\00\00\00"      ;; 56 fuel_per_row: 0, the game decides
    "\00\00\00\00\00\00\00\00")     ;; 64 reserved: 0

  ;; ParamDescriptor of the one query, 32 bytes at 0x300
  (data (i32.const 0x300)
    "\20\00\00\00"                  ;;  0 size: 32
    "\01\00\00\00"                  ;;  4 kind: 1, query
    "\40\03\00\00" "\01\00\00\00"   ;;  8 terms: 1 at 0x340
    "\00\00\00\00"                  ;; 16 order: 0, tables
    "\00\00\00\00"                  ;; 20 flags: 0
    "\00\00\00\00"                  ;; 24 schema: 0
    "\00\00\00\00")                 ;; 28 reserved: 0

  ;; TermDescriptor, 16 bytes at 0x340
  (data (i32.const 0x340)
    "\10\00\00\00"                  ;;  0 size: 16
    "\02\00\00\00"                  ;;  4 kind: 2, write; rows that change are written back
    "\00\04\00\00"                  ;;  8 schema: at 0x400
    "\00\00\00\00")                 ;; 12 flags: 0

  ;; SchemaDescriptor of `Beacon`, 32 bytes at 0x400. The game compares it with its own.
  (data (i32.const 0x400)
    "\20\00\00\00"                  ;;  0 size: 32
    "\00\00\00\00"                  ;;  4 flags: 0
    "\05\06\00\00" "\06\00\00\00"   ;;  8 name: 6 bytes at 0x605, "Beacon"
    "\0c\00\00\00"                  ;; 16 byte_size: a row has 12 bytes
    "\04\00\00\00"                  ;; 20 align: 4
    "\00\05\00\00" "\03\00\00\00")  ;; 24 fields: 3 at 0x500

  ;; Three FieldDescriptors, 32 bytes each, at 0x500
  (data (i32.const 0x500)
    "\20\00\00\00"                  ;;  0 size: 32
    "\00\00\00\00"                  ;;  4 offset: 0
    "\0b\06\00\00" "\06\00\00\00"   ;;  8 name: 6 bytes at 0x60b, "period"
    "\06\00\00\00"                  ;; 16 type_code: 6, u32
    "\01\00\00\00"                  ;; 20 count: 1
    "\00\00\00\00"                  ;; 24 schema: 0
    "\00\00\00\00"                  ;; 28 flags: 0

    "\20\00\00\00"                  ;;  0 size: 32
    "\04\00\00\00"                  ;;  4 offset: 4
    "\11\06\00\00" "\06\00\00\00"   ;;  8 name: 6 bytes at 0x611, "offset"
    "\06\00\00\00"                  ;; 16 type_code: 6, u32
    "\01\00\00\00"                  ;; 20 count: 1
    "\00\00\00\00"                  ;; 24 schema: 0
    "\00\00\00\00"                  ;; 28 flags: 0

    "\20\00\00\00"                  ;;  0 size: 32
    "\08\00\00\00"                  ;;  4 offset: 8
    "\17\06\00\00" "\05\00\00\00"   ;;  8 name: 5 bytes at 0x617, "level"
    "\0a\00\00\00"                  ;; 16 type_code: 10, f32
    "\01\00\00\00"                  ;; 20 count: 1
    "\00\00\00\00"                  ;; 24 schema: 0
    "\00\00\00\00")                 ;; 28 flags: 0

  ;; The strings, one after another; they need no zero at the end.
  ;; 0x600 blink, 0x605 Beacon, 0x60b period, 0x611 offset, 0x617 level
  (data (i32.const 0x600) "blink" "Beacon" "period" "offset" "level")

  ;; The system: `$frame` is the address of a CallFrame, the result 0 says that it finished.
  ;;
  ;; A beacon's level is a triangle over its period: 0, up to 1 in the middle, back to 0.
  (func (export "blink") (param $frame i32) (result i32)
    (local $query i32)   ;; address of the QueryFrame
    (local $rows i32)    ;; rows left
    (local $beacon i32)  ;; address of the row at hand
    (local $period i64)
    (local $phase f32)   ;; 0 to 1 over the period

    ;; CallFrame.queries is at 32, and the first query is where its list begins.
    (local.set $query (i32.load offset=32 (local.get $frame)))
    ;; QueryFrame.rows is at 4.
    (local.set $rows (i32.load offset=4 (local.get $query)))
    ;; QueryFrame.columns is at 8; in the list's first Column, the address of row 0 is at 4.
    (local.set $beacon (i32.load offset=4 (i32.load offset=8 (local.get $query))))

    (block $finished
      (loop $next
        (br_if $finished (i32.eqz (local.get $rows)))

        (local.set $period (i64.load32_u (local.get $beacon)))
        (if (i64.eqz (local.get $period))
          ;; A beacon without a period is dark. To divide by 0 would be a fault.
          (then (f32.store offset=8 (local.get $beacon) (f32.const 0)))
          (else
            ;; phase = (tick + offset) % period / period; CallFrame.tick is at 8.
            (local.set $phase
              (f32.div
                (f32.convert_i64_u
                  (i64.rem_u
                    (i64.add
                      (i64.load offset=8 (local.get $frame))
                      (i64.load32_u offset=4 (local.get $beacon)))
                    (local.get $period)))
                (f32.convert_i64_u (local.get $period))))
            ;; level = 1 - |2 * phase - 1|
            (f32.store offset=8 (local.get $beacon)
              (f32.sub
                (f32.const 1)
                (f32.abs
                  (f32.sub
                    (f32.mul (f32.const 2) (local.get $phase))
                    (f32.const 1)))))))

        (local.set $beacon (i32.add (local.get $beacon) (i32.const 12)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
        (br $next)))

    (i32.const 0)))
