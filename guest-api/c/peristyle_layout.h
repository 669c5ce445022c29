/* The size of each struct of the contract and the offset of each of its fields, as the crate
 * `peristyle-abi` has them. Compilation fails where the C struct differs.
 *
 * Pointers of other machines are wider, and no host reads those. */
#ifndef PERISTYLE_LAYOUT_H
#define PERISTYLE_LAYOUT_H

#ifdef __wasm32__
#define PERISTYLE_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has the wrong size")
#define PERISTYLE_AT(type, member, bytes)                                                          \
    _Static_assert(offsetof(type, member) == (bytes), #type "." #member " is at the wrong offset")

PERISTYLE_SIZE(PeristyleSlice, 8);
PERISTYLE_AT(PeristyleSlice, ptr, 0);
PERISTYLE_AT(PeristyleSlice, len, 4);

PERISTYLE_SIZE(PeristyleManifest, 64);
PERISTYLE_AT(PeristyleManifest, size, 0);
PERISTYLE_AT(PeristyleManifest, magic, 4);
PERISTYLE_AT(PeristyleManifest, abi_version, 8);
PERISTYLE_AT(PeristyleManifest, flags, 12);
PERISTYLE_AT(PeristyleManifest, features, 16);
PERISTYLE_AT(PeristyleManifest, systems, 24);
PERISTYLE_AT(PeristyleManifest, state_blocks, 32);
PERISTYLE_AT(PeristyleManifest, arena, 40);
PERISTYLE_AT(PeristyleManifest, components, 48);
PERISTYLE_AT(PeristyleManifest, reserved, 56);

PERISTYLE_SIZE(PeristyleSystemDescriptor, 80);
PERISTYLE_AT(PeristyleSystemDescriptor, size, 0);
PERISTYLE_AT(PeristyleSystemDescriptor, schedule, 4);
PERISTYLE_AT(PeristyleSystemDescriptor, name, 8);
PERISTYLE_AT(PeristyleSystemDescriptor, export, 16);
PERISTYLE_AT(PeristyleSystemDescriptor, params, 24);
PERISTYLE_AT(PeristyleSystemDescriptor, before, 32);
PERISTYLE_AT(PeristyleSystemDescriptor, after, 40);
PERISTYLE_AT(PeristyleSystemDescriptor, fuel_per_call, 48);
PERISTYLE_AT(PeristyleSystemDescriptor, fuel_per_row, 56);
PERISTYLE_AT(PeristyleSystemDescriptor, conditions, 64);
PERISTYLE_AT(PeristyleSystemDescriptor, flags, 72);
PERISTYLE_AT(PeristyleSystemDescriptor, reserved, 76);

PERISTYLE_SIZE(PeristyleParamDescriptor, 32);
PERISTYLE_AT(PeristyleParamDescriptor, size, 0);
PERISTYLE_AT(PeristyleParamDescriptor, kind, 4);
PERISTYLE_AT(PeristyleParamDescriptor, terms, 8);
PERISTYLE_AT(PeristyleParamDescriptor, order, 16);
PERISTYLE_AT(PeristyleParamDescriptor, flags, 20);
PERISTYLE_AT(PeristyleParamDescriptor, schema, 24);
PERISTYLE_AT(PeristyleParamDescriptor, reserved, 28);

PERISTYLE_SIZE(PeristyleTermDescriptor, 16);
PERISTYLE_AT(PeristyleTermDescriptor, size, 0);
PERISTYLE_AT(PeristyleTermDescriptor, kind, 4);
PERISTYLE_AT(PeristyleTermDescriptor, schema, 8);
PERISTYLE_AT(PeristyleTermDescriptor, flags, 12);

PERISTYLE_SIZE(PeristyleSchemaDescriptor, 32);
PERISTYLE_AT(PeristyleSchemaDescriptor, size, 0);
PERISTYLE_AT(PeristyleSchemaDescriptor, kind, 4);
PERISTYLE_AT(PeristyleSchemaDescriptor, name, 8);
PERISTYLE_AT(PeristyleSchemaDescriptor, byte_size, 16);
PERISTYLE_AT(PeristyleSchemaDescriptor, align, 20);
PERISTYLE_AT(PeristyleSchemaDescriptor, fields, 24);

PERISTYLE_SIZE(PeristyleFieldDescriptor, 32);
PERISTYLE_AT(PeristyleFieldDescriptor, size, 0);
PERISTYLE_AT(PeristyleFieldDescriptor, offset, 4);
PERISTYLE_AT(PeristyleFieldDescriptor, name, 8);
PERISTYLE_AT(PeristyleFieldDescriptor, type_code, 16);
PERISTYLE_AT(PeristyleFieldDescriptor, count, 20);
PERISTYLE_AT(PeristyleFieldDescriptor, schema, 24);
PERISTYLE_AT(PeristyleFieldDescriptor, shape, 28);

PERISTYLE_SIZE(PeristyleShapeDescriptor, 24);
PERISTYLE_AT(PeristyleShapeDescriptor, size, 0);
PERISTYLE_AT(PeristyleShapeDescriptor, rank, 4);
PERISTYLE_AT(PeristyleShapeDescriptor, lengths, 8);

PERISTYLE_SIZE(PeristyleVariantDescriptor, 24);
PERISTYLE_AT(PeristyleVariantDescriptor, size, 0);
PERISTYLE_AT(PeristyleVariantDescriptor, flags, 4);
PERISTYLE_AT(PeristyleVariantDescriptor, name, 8);
PERISTYLE_AT(PeristyleVariantDescriptor, value, 16);

PERISTYLE_SIZE(PeristyleStateBlockDescriptor, 24);
PERISTYLE_AT(PeristyleStateBlockDescriptor, size, 0);
PERISTYLE_AT(PeristyleStateBlockDescriptor, address, 4);
PERISTYLE_AT(PeristyleStateBlockDescriptor, name, 8);
PERISTYLE_AT(PeristyleStateBlockDescriptor, schema, 16);
PERISTYLE_AT(PeristyleStateBlockDescriptor, flags, 20);

PERISTYLE_SIZE(PeristyleCallFrame, 80);
PERISTYLE_AT(PeristyleCallFrame, size, 0);
PERISTYLE_AT(PeristyleCallFrame, abi_version, 4);
PERISTYLE_AT(PeristyleCallFrame, tick, 8);
PERISTYLE_AT(PeristyleCallFrame, delta_seconds, 16);
PERISTYLE_AT(PeristyleCallFrame, elapsed_seconds, 24);
PERISTYLE_AT(PeristyleCallFrame, queries, 32);
PERISTYLE_AT(PeristyleCallFrame, resources, 40);
PERISTYLE_AT(PeristyleCallFrame, messages, 48);
PERISTYLE_AT(PeristyleCallFrame, commands, 56);
PERISTYLE_AT(PeristyleCallFrame, room, 64);
PERISTYLE_AT(PeristyleCallFrame, random, 72);
PERISTYLE_AT(PeristyleCallFrame, reserved, 76);

PERISTYLE_SIZE(PeristyleQueryFrame, 24);
PERISTYLE_AT(PeristyleQueryFrame, size, 0);
PERISTYLE_AT(PeristyleQueryFrame, rows, 4);
PERISTYLE_AT(PeristyleQueryFrame, columns, 8);
PERISTYLE_AT(PeristyleQueryFrame, reserved, 16);

PERISTYLE_SIZE(PeristyleColumn, 16);
PERISTYLE_AT(PeristyleColumn, size, 0);
PERISTYLE_AT(PeristyleColumn, rows, 4);
PERISTYLE_AT(PeristyleColumn, stride, 8);
PERISTYLE_AT(PeristyleColumn, presence, 12);

PERISTYLE_SIZE(PeristyleCommandBuffer, 32);
PERISTYLE_AT(PeristyleCommandBuffer, size, 0);
PERISTYLE_AT(PeristyleCommandBuffer, records, 4);
PERISTYLE_AT(PeristyleCommandBuffer, capacity, 8);
PERISTYLE_AT(PeristyleCommandBuffer, used, 12);
PERISTYLE_AT(PeristyleCommandBuffer, first_entity, 16);
PERISTYLE_AT(PeristyleCommandBuffer, spawned, 24);
PERISTYLE_AT(PeristyleCommandBuffer, reserved, 28);

PERISTYLE_SIZE(PeristyleCommandRecord, 24);
PERISTYLE_AT(PeristyleCommandRecord, size, 0);
PERISTYLE_AT(PeristyleCommandRecord, kind, 4);
PERISTYLE_AT(PeristyleCommandRecord, entity, 8);
PERISTYLE_AT(PeristyleCommandRecord, term, 16);
PERISTYLE_AT(PeristyleCommandRecord, payload_bytes, 20);

PERISTYLE_SIZE(PeristyleSliceRoom, 16);
PERISTYLE_AT(PeristyleSliceRoom, size, 0);
PERISTYLE_AT(PeristyleSliceRoom, bytes, 4);
PERISTYLE_AT(PeristyleSliceRoom, capacity, 8);
PERISTYLE_AT(PeristyleSliceRoom, used, 12);

PERISTYLE_SIZE(PeristyleRandomState, 40);
PERISTYLE_AT(PeristyleRandomState, size, 0);
PERISTYLE_AT(PeristyleRandomState, reserved, 4);
PERISTYLE_AT(PeristyleRandomState, words, 8);
#endif

#endif
