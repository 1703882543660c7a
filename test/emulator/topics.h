/*
 * topics.h
 *		SNS topics: which exist, and what was published to them.
 */
#ifndef EMU_TOPICS_H
#define EMU_TOPICS_H

#include <stdbool.h>

#include <jansson.h>

#include "options.h"
#include "text.h"

typedef struct EmuTopics EmuTopics;

/* Make it; options must outlive it. */
extern EmuTopics *emu_topics_create(const EmuOptions *options);

/* Free it. */
extern void emu_topics_destroy(EmuTopics *topics);

/* Is arn one of a topic that exists? */
extern bool emu_topics_exists(const EmuTopics *topics, const char *arn);

/*
 * Keep a message; attributes (name to value) is taken, subject, group and
 * deduplication may be NULL. Returns its sequence number and fills
 * message_id. With a deduplication id seen on that topic within five minutes
 * nothing is kept, and both are those of the first.
 */
extern int64_t emu_topics_publish(EmuTopics *topics, const char *arn,
								  const char *subject, const char *message,
								  json_t *attributes, const char *group,
								  const char *deduplication,
								  char message_id[EMU_UUID_SIZE]);

/* All kept messages as a JSON array. */
extern json_t *emu_topics_dump(EmuTopics *topics);

/* Forget them. */
extern void emu_topics_reset(EmuTopics *topics);

#endif							/* EMU_TOPICS_H */
