;; A script that never comes to an end, to see what becomes of it.
;;
;; It lights every beacon and begins again, for ever. The game stops it when its fuel is used up,
;; and because the call did not finish, no beacon has changed: the pads go on blinking as `beacon`
;; says. `beacon.wat` explains what the data below means.
(module
  (memory (export "memory") 1)
  (global (export "peristyle_manifest") i32 (i32.const 0x100))

  ;; Manifest: one system at 0x200
  (data (i32.const 0x100)
    "\40\00\00\00" "PRST" "\01\00\00\00" "\00\00\00\00"
    "\00\00\00\00\00\00\00\00"
    "\00\02\00\00" "\01\00\00\00"
    "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00\00\00\00\00")

  ;; SystemDescriptor: `spin` in FixedUpdate, with one parameter at 0x300
  (data (i32.const 0x200)
    "\48\00\00\00" "\00\00\00\00"
    "\00\06\00\00" "\04\00\00\00"
    "\00\06\00\00" "\04\00\00\00"
    "\00\03\00\00" "\01\00\00\00"
    "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00" "\00\00\00\00"
    "\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00")

  ;; ParamDescriptor: a query with one term at 0x340
  (data (i32.const 0x300)
    "\20\00\00\00" "\01\00\00\00"
    "\40\03\00\00" "\01\00\00\00"
    "\00\00\00\00" "\00\00\00\00" "\00\00\00\00" "\00\00\00\00")

  ;; TermDescriptor: writes the component whose schema is at 0x400
  (data (i32.const 0x340)
    "\10\00\00\00" "\02\00\00\00" "\00\04\00\00" "\00\00\00\00")

  ;; SchemaDescriptor: `Beacon`, 12 bytes, with three fields at 0x500
  (data (i32.const 0x400)
    "\20\00\00\00" "\00\00\00\00"
    "\04\06\00\00" "\06\00\00\00"
    "\0c\00\00\00" "\04\00\00\00"
    "\00\05\00\00" "\03\00\00\00")

  ;; FieldDescriptors: `period` u32 at 0, `offset` u32 at 4, `level` f32 at 8
  (data (i32.const 0x500)
    "\20\00\00\00" "\00\00\00\00" "\0a\06\00\00" "\06\00\00\00"
    "\06\00\00\00" "\01\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "\20\00\00\00" "\04\00\00\00" "\10\06\00\00" "\06\00\00\00"
    "\06\00\00\00" "\01\00\00\00" "\00\00\00\00" "\00\00\00\00"
    "\20\00\00\00" "\08\00\00\00" "\16\06\00\00" "\05\00\00\00"
    "\0a\00\00\00" "\01\00\00\00" "\00\00\00\00" "\00\00\00\00")

  ;; 0x600 spin, 0x604 Beacon, 0x60a period, 0x610 offset, 0x616 level
  (data (i32.const 0x600) "spin" "Beacon" "period" "offset" "level")

  (func (export "spin") (param $frame i32) (result i32)
    (local $query i32)   ;; address of the QueryFrame
    (local $rows i32)    ;; rows left
    (local $beacon i32)  ;; address of the row at hand
    (local.set $query (i32.load offset=32 (local.get $frame)))

    (loop $again
      (local.set $rows (i32.load offset=4 (local.get $query)))
      (local.set $beacon (i32.load offset=4 (i32.load offset=8 (local.get $query))))
      (block $all
        (loop $next
          (br_if $all (i32.eqz (local.get $rows)))
          (f32.store offset=8 (local.get $beacon) (f32.const 1))
          (local.set $beacon (i32.add (local.get $beacon) (i32.const 12)))
          (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
          (br $next)))
      (br $again))

    (i32.const 0)))
