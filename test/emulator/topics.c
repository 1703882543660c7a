/*
 * topics.c
 *		Keeps what was published, for tests to read.
 *
 * Locking: one mutex guards the list for the length of one call; no other
 * module is called with it held.
 */
#include "topics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DEDUPLICATION_US (INT64_C(5) * 60 * 1000000)

struct EmuTopics
{
	const EmuOptions *options;
	pthread_mutex_t lock;
	json_t	   *messages;
	int64_t		last_sequence;
};

EmuTopics *
emu_topics_create(const EmuOptions *options)
{
	EmuTopics  *topics = emu_alloc(sizeof(*topics));

	topics->options = options;
	pthread_mutex_init(&topics->lock, NULL);
	topics->messages = json_array();
	return topics;
}

void
emu_topics_destroy(EmuTopics *topics)
{
	json_decref(topics->messages);
	pthread_mutex_destroy(&topics->lock);
	free(topics);
}

bool
emu_topics_exists(const EmuTopics *topics, const char *arn)
{
	for (size_t i = 0; i < topics->options->ntopics; i++)
	{
		if (strcmp(topics->options->topics[i], arn) == 0)
			return true;
	}
	return topics->options->ntopics == 0;
}

/* An equal message of the last five minutes; lock held. */
static json_t *
find_duplicate(EmuTopics *topics, const char *arn, const char *deduplication)
{
	double		oldest = (double) (emu_now_us() - DEDUPLICATION_US) / 1e6;
	json_t	   *entry;
	size_t		i;

	json_array_foreach(topics->messages, i, entry)
	{
		const char *topic = json_string_value(json_object_get(entry, "topic"));
		const char *seen = json_string_value(
							json_object_get(entry, "deduplication_id"));

		if (seen != NULL && strcmp(seen, deduplication) == 0 &&
			strcmp(topic, arn) == 0 &&
			json_real_value(json_object_get(entry, "at")) >= oldest)
			return entry;
	}
	return NULL;
}

static json_t *
keep(EmuTopics *topics, json_t *entry)
{
	if (json_array_size(topics->messages) >= topics->options->history_max)
		json_array_remove(topics->messages, 0);
	json_object_set_new(entry, "sequence",
						json_integer(++topics->last_sequence));
	json_array_append_new(topics->messages, entry);
	return entry;
}

int64_t
emu_topics_publish(EmuTopics *topics, const char *arn, const char *subject,
				   const char *message, json_t *attributes,
				   const char *group, const char *deduplication, char message_id[EMU_UUID_SIZE])
{
	json_t	   *entry = NULL;
	int64_t		sequence;

	emu_uuid(message_id);
	pthread_mutex_lock(&topics->lock);
	if (deduplication != NULL)
		entry = find_duplicate(topics, arn, deduplication);
	if (entry == NULL)
		entry = keep(topics, json_pack("{s:s, s:s?, s:s, s:O, s:s, s:o, s:s*, s:s*}",
									   "topic", arn, "subject", subject,
									   "message", message,
									   "attributes", attributes,
									   "message_id", message_id,
									   "at", emu_json_time(emu_now_us()),
									   "group_id", group,
									   "deduplication_id", deduplication));
	strcpy(message_id,
		   json_string_value(json_object_get(entry, "message_id")));
	sequence = json_integer_value(json_object_get(entry, "sequence"));
	pthread_mutex_unlock(&topics->lock);
	json_decref(attributes);
	return sequence;
}

json_t *
emu_topics_dump(EmuTopics *topics)
{
	json_t	   *copy;

	pthread_mutex_lock(&topics->lock);
	copy = json_deep_copy(topics->messages);
	pthread_mutex_unlock(&topics->lock);
	return copy;
}

void
emu_topics_reset(EmuTopics *topics)
{
	pthread_mutex_lock(&topics->lock);
	json_array_clear(topics->messages);
	pthread_mutex_unlock(&topics->lock);
}
