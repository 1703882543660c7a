/*
 * metadata.h
 *		The services inside a machine that hand out keys: EC2 instance
 *		metadata and the container credentials endpoint, on their AWS paths.
 */
#ifndef EMU_METADATA_H
#define EMU_METADATA_H

#include <stdbool.h>

#include <jansson.h>

#include "message.h"
#include "options.h"

typedef struct EmuMetadata EmuMetadata;
struct EmuWorld;
struct EmuVisit;

/* Make it; options must outlive it. */
extern EmuMetadata *emu_metadata_create(const EmuOptions *options);

/* Free it. */
extern void emu_metadata_destroy(EmuMetadata *metadata);

/*
 * The name under which ledger and trouble know call; NULL when its path is
 * none of these services.
 */
extern const char *emu_metadata_op(const EmuCall *call);

/* Is op one of those names? */
extern bool emu_metadata_knows(const char *op);

/* Carry out op of visit and fill reply. */
extern void emu_metadata_answer(struct EmuWorld *world, const char *op,
								struct EmuVisit *visit, EmuReply *reply);

/* From now on instance metadata behaves so. */
extern void emu_metadata_set_instance(EmuMetadata *metadata,
									  EmuInstance instance);

/* From now on the container endpoint wants token; NULL: none. */
extern void emu_metadata_set_token(EmuMetadata *metadata, const char *token);

/* Put the settings back to the command line's; tokens stay good. */
extern void emu_metadata_reset(EmuMetadata *metadata);

#endif							/* EMU_METADATA_H */
