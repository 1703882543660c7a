/*
 * ledger.c
 *		Keeps calls and executions, in memory for the steering interface and,
 *		if wished, in a file of JSON lines.
 *
 * Locking: one mutex guards the whole struct for the length of one call; no
 * other module is called while it is held. An execution is on disk before
 * its SQL leaves, so a kill of the emulator can add an execution that never
 * ran but never hide one that did.
 */
#include "ledger.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

struct EmuLedger
{
	pthread_mutex_t lock;
	int			fd;				/* -1: no file */
	size_t		history_max;
	int64_t		last_call;
	json_t	   *calls;
	json_t	   *executions;
};

EmuLedger *
emu_ledger_create(const char *file, size_t history_max)
{
	EmuLedger  *ledger;
	int			fd = -1;

	if (file != NULL)
	{
		fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		if (fd < 0)
			return NULL;
	}
	ledger = emu_alloc(sizeof(*ledger));
	pthread_mutex_init(&ledger->lock, NULL);
	ledger->fd = fd;
	ledger->history_max = history_max;
	ledger->calls = json_array();
	ledger->executions = json_array();
	return ledger;
}

void
emu_ledger_destroy(EmuLedger *ledger)
{
	if (ledger->fd >= 0)
		close(ledger->fd);
	json_decref(ledger->calls);
	json_decref(ledger->executions);
	pthread_mutex_destroy(&ledger->lock);
	free(ledger);
}

/* Drop the oldest half in one move, so that each entry costs little. */
static void
append_bounded(json_t *list, json_t *entry, size_t history_max)
{
	size_t		n = json_array_size(list);

	json_array_append_new(list, entry);
	if (n < 2 * history_max)
		return;
	for (size_t i = 0; i < history_max; i++)
		json_array_set(list, i, json_array_get(list, n + 1 - history_max + i));
	while (json_array_size(list) > history_max)
		json_array_remove(list, json_array_size(list) - 1);
}

/* One line of the file; a failed write ends the emulator: no silent gaps. */
static void
write_line(EmuLedger *ledger, const char *event, json_t *entry, bool flush)
{
	EmuText		line = {0};
	json_t	   *copy;

	if (ledger->fd < 0)
		return;
	copy = json_pack("{s:s}", "event", event);
	json_object_update(copy, entry);
	emu_text_take_json(&line, copy);
	emu_text_add(&line, "\n", 1);
	if (write(ledger->fd, line.data, line.len) != (ssize_t) line.len ||
		(flush && fdatasync(ledger->fd) != 0))
		abort();
	emu_text_free(&line);
}

int64_t
emu_ledger_call(EmuLedger *ledger, const char *op, const char *token)
{
	int64_t		n;
	json_t	   *entry = json_pack("{s:s, s:o}", "op", op,
								  "at", emu_json_time(emu_now_us()));

	if (token != NULL)
		json_object_set_new(entry, "token", json_string(token));

	pthread_mutex_lock(&ledger->lock);
	n = ++ledger->last_call;
	json_object_set_new(entry, "n", json_integer(n));
	append_bounded(ledger->calls, entry, ledger->history_max);
	pthread_mutex_unlock(&ledger->lock);
	return n;
}

/* Call n, if still kept. Numbers ascend without gaps, so it is found by
 * position from the end. */
static json_t *
find_call(EmuLedger *ledger, int64_t n)
{
	int64_t		size = (int64_t) json_array_size(ledger->calls);
	int64_t		position = size - 1 - (ledger->last_call - n);

	return position < 0 ? NULL :
		json_array_get(ledger->calls, (size_t) position);
}

void
emu_ledger_answered(EmuLedger *ledger, int64_t n, const char *id,
					const char *key, const char *trouble, int status)
{
	json_t	   *entry;

	pthread_mutex_lock(&ledger->lock);
	entry = find_call(ledger, n);
	if (entry != NULL)
	{
		if (id != NULL)
			json_object_set_new(entry, "id", json_string(id));
		if (key != NULL)
			json_object_set_new(entry, "access_key", json_string(key));
		if (trouble != NULL)
			json_object_set_new(entry, "trouble", json_string(trouble));
		json_object_set_new(entry, "status", json_integer(status));
		write_line(ledger, "call", entry, false);
	}
	pthread_mutex_unlock(&ledger->lock);
}

void
emu_ledger_execution(EmuLedger *ledger, const char *id, const char *token,
					 const char *name, const char *sql, bool with_event)
{
	json_t	   *entry = json_pack("{s:s, s:s?, s:s, s:s?, s:b, s:o, s:s}",
								  "id", id, "token", token, "sql", sql,
								  "name", name,
								  "with_event", (int) with_event,
								  "at", emu_json_time(emu_now_us()),
								  "status", "STARTED");

	pthread_mutex_lock(&ledger->lock);
	append_bounded(ledger->executions, entry, ledger->history_max);
	write_line(ledger, "execution", entry, true);
	pthread_mutex_unlock(&ledger->lock);
}

void
emu_ledger_ended(EmuLedger *ledger, const char *id, const char *status)
{
	size_t		i;

	pthread_mutex_lock(&ledger->lock);
	/* From the end, where what still runs is found soonest. */
	for (i = json_array_size(ledger->executions); i-- > 0;)
	{
		json_t	   *entry = json_array_get(ledger->executions, i);
		json_t	   *value = json_object_get(entry, "id");

		if (strcmp(json_string_value(value), id) != 0)
			continue;
		json_object_set_new(entry, "status", json_string(status));
		break;
	}
	if (ledger->fd >= 0)
	{
		json_t	   *line = json_pack("{s:s, s:s}", "id", id, "status", status);

		write_line(ledger, "ended", line, false);
		json_decref(line);
	}
	pthread_mutex_unlock(&ledger->lock);
}

json_t *
emu_ledger_dump(EmuLedger *ledger, int64_t since)
{
	json_t	   *dump = json_object();
	json_t	   *calls = json_array();
	json_t	   *call;
	size_t		i;

	/* Copies, since entries change after the lock is let go. */
	pthread_mutex_lock(&ledger->lock);
	json_array_foreach(ledger->calls, i, call)
	{
		if (json_integer_value(json_object_get(call, "n")) > since)
			json_array_append_new(calls, json_deep_copy(call));
	}
	json_object_set_new(dump, "executions",
						json_deep_copy(ledger->executions));
	pthread_mutex_unlock(&ledger->lock);
	json_object_set_new(dump, "calls", calls);
	return dump;
}

void
emu_ledger_reset(EmuLedger *ledger)
{
	pthread_mutex_lock(&ledger->lock);
	json_array_clear(ledger->calls);
	json_array_clear(ledger->executions);
	pthread_mutex_unlock(&ledger->lock);
}
