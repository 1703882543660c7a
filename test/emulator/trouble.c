/*
 * trouble.c
 *		Keeps the rules of trouble and decides which of them a call meets.
 *		What a rule does to a reply is done in damage.c and http.c.
 *
 * Locking: one mutex for the rules and for the condition on which hanging
 * calls sleep. No other module is called with it held but peer.c, which only
 * looks at a socket.
 */
#include "trouble.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "peer.h"
#include "text.h"

#define PEER_CHECK_US 200000

static const struct
{
	const char *name;
	EmuTroubleKind kind;
}			kinds[] = {
	{"delay", EMU_TROUBLE_DELAY},
	{"hang", EMU_TROUBLE_HANG},
	{"error", EMU_TROUBLE_ERROR},
	{"denied", EMU_TROUBLE_DENIED},
	{"kms", EMU_TROUBLE_KMS},
	{"lost_reply", EMU_TROUBLE_LOST_REPLY},
	{"cut", EMU_TROUBLE_CUT},
	{"reset", EMU_TROUBLE_RESET},
	{"truncate", EMU_TROUBLE_TRUNCATE},
	{"garbage", EMU_TROUBLE_GARBAGE},
	{"html", EMU_TROUBLE_HTML},
	{"empty", EMU_TROUBLE_EMPTY},
	{"bad_utf8", EMU_TROUBLE_BAD_UTF8},
	{"nul_escape", EMU_TROUBLE_NUL_ESCAPE},
	{"truncated_json", EMU_TROUBLE_TRUNCATED_JSON},
	{"repeat_token", EMU_TROUBLE_REPEAT_TOKEN},
	{"wrong_total", EMU_TROUBLE_WRONG_TOTAL},
	{"slow_body", EMU_TROUBLE_SLOW_BODY},
	{"early", EMU_TROUBLE_EARLY},
	{"unknown_status", EMU_TROUBLE_UNKNOWN_STATUS},
	{"huge", EMU_TROUBLE_HUGE},
	{"body", EMU_TROUBLE_BODY},
};

typedef struct Rule
{
	struct Rule *next;
	char	   *op;
	char	   *match;			/* NULL: any */
	long		count;			/* left; negative for ever */
	long		skip;			/* left to let pass */
	long		hits;
	EmuTrouble	trouble;
} Rule;

struct EmuTroubles
{
	pthread_mutex_t lock;
	pthread_cond_t changed;
	Rule	   *first;
	unsigned long releases;
	bool		stopped;
};

EmuTroubles *
emu_troubles_create(void)
{
	EmuTroubles *troubles = emu_alloc(sizeof(*troubles));
	pthread_condattr_t attributes;

	pthread_mutex_init(&troubles->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&troubles->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	return troubles;
}

void
emu_troubles_destroy(EmuTroubles *troubles)
{
	emu_troubles_clear(troubles);
	pthread_cond_destroy(&troubles->changed);
	pthread_mutex_destroy(&troubles->lock);
	free(troubles);
}

static bool
find_kind(const char *name, EmuTrouble *trouble)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
	{
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		trouble->kind = kinds[i].kind;
		trouble->name = kinds[i].name;
		return true;
	}
	return false;
}

static void
append_rule(EmuTroubles *troubles, Rule *rule)
{
	Rule	  **last;

	pthread_mutex_lock(&troubles->lock);
	for (last = &troubles->first; *last != NULL; last = &(*last)->next)
		;
	*last = rule;
	pthread_mutex_unlock(&troubles->lock);
}

/* What a rule says of the trouble itself; false when it is no such object. */
static bool
read_trouble(json_t *rule, EmuTrouble *trouble, const char **kind)
{
	const char *code = "";
	const char *message = "";
	const char *body = "";
	int			status = 0;
	int			ms = 1000;
	int			after = 0;
	json_int_t	bytes = 64 * 1024 * 1024;

	if (json_unpack(rule, "{s:s, s?b, s?i, s?i, s?I, s?s, s?s, s?s}",
					"kind", kind, "after", &after, "status", &status,
					"ms", &ms, "bytes", &bytes, "code", &code,
					"message", &message, "body", &body) != 0)
		return false;
	trouble->ms = ms;
	trouble->after = after != 0;
	trouble->status = status;
	trouble->bytes = (size_t) bytes;
	snprintf(trouble->code, sizeof(trouble->code), "%s", code);
	snprintf(trouble->message, sizeof(trouble->message), "%s", message);
	snprintf(trouble->body, sizeof(trouble->body), "%s", body);
	return true;
}

/* A misspelt member would be a silent mistake. */
static bool
members_are_known(json_t *rule)
{
	static const char *const names[] = {
		"op", "kind", "match", "count", "skip", "after", "status", "ms",
		"bytes", "code", "message", "body"
	};
	size_t		known = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		known += json_object_get(rule, names[i]) != NULL;
	return known == json_object_size(rule);
}

/* Which calls it is for; false when it does not say so properly. */
static bool
read_scope(json_t *rule, Rule *scope)
{
	const char *op = "*";
	const char *match = NULL;
	int			count = 1;
	int			skip = 0;

	if (!members_are_known(rule) ||
		json_unpack(rule, "{s?s, s?s, s?i, s?i}", "op", &op,
					"match", &match, "count", &count, "skip", &skip) != 0)
		return false;
	scope->op = emu_strdup(op);
	scope->match = emu_strdup(match);
	scope->count = count;
	scope->skip = skip;
	return true;
}

const char *
emu_troubles_add(EmuTroubles *troubles, json_t *rule)
{
	EmuTrouble	trouble = {0};
	Rule		scope = {0};
	const char *kind = NULL;
	Rule	   *added;

	if (!read_trouble(rule, &trouble, &kind) || !read_scope(rule, &scope))
		return "a rule is an object with kind and, if wished, op, match, "
			"count, skip, after, status, ms, bytes, code, message, body";
	if (!find_kind(kind, &trouble))
	{
		free(scope.op);
		free(scope.match);
		return "no such kind";
	}
	added = emu_alloc(sizeof(*added));
	*added = scope;
	added->trouble = trouble;
	append_rule(troubles, added);
	return NULL;
}

static bool
fits(const Rule *rule, const char *op, const char *const *subjects,
	 size_t nsubjects)
{
	if (rule->count == 0 ||
		(strcmp(rule->op, "*") != 0 && strcmp(rule->op, op) != 0))
		return false;
	if (rule->match == NULL)
		return true;
	for (size_t i = 0; i < nsubjects; i++)
	{
		if (subjects[i] != NULL && strstr(subjects[i], rule->match) != NULL)
			return true;
	}
	return false;
}

void
emu_troubles_take(EmuTroubles *troubles, const char *op,
				  const char *const *subjects, size_t nsubjects,
				  EmuTrouble *trouble)
{
	memset(trouble, 0, sizeof(*trouble));
	pthread_mutex_lock(&troubles->lock);
	for (Rule *rule = troubles->first; rule != NULL; rule = rule->next)
	{
		long		delay_ms = trouble->delay_ms;

		if (!fits(rule, op, subjects, nsubjects))
			continue;
		if (rule->skip > 0)
		{
			rule->skip--;
			continue;
		}
		if (rule->count > 0)
			rule->count--;
		rule->hits++;
		*trouble = rule->trouble;
		trouble->delay_ms = delay_ms;
		if (rule->trouble.kind != EMU_TROUBLE_DELAY)
			break;
		trouble->delay_ms += rule->trouble.ms;
	}
	pthread_mutex_unlock(&troubles->lock);
}

/* Sleep for a change until end at most, or a while; lock held. */
static void
sleep_until(EmuTroubles *troubles, int64_t end)
{
	int64_t		until = emu_ticks_us() + PEER_CHECK_US;
	struct timespec at;

	if (until > end)
		until = end;
	at.tv_sec = (time_t) (until / 1000000);
	at.tv_nsec = (long) (until % 1000000) * 1000;
	pthread_cond_timedwait(&troubles->changed, &troubles->lock, &at);
}

bool
emu_troubles_hang(EmuTroubles *troubles, int fd, long ms)
{
	int64_t		end = ms < 0 ? INT64_MAX : emu_ticks_us() + ms * INT64_C(1000);
	unsigned long releases;
	bool		over;
	bool		gone = false;

	pthread_mutex_lock(&troubles->lock);
	releases = troubles->releases;
	for (;;)
	{
		over = troubles->releases != releases || emu_ticks_us() >= end;
		gone = emu_peer_gone(fd);
		if (over || gone || troubles->stopped)
			break;
		sleep_until(troubles, end);
	}
	over = over && !gone && !troubles->stopped;
	pthread_mutex_unlock(&troubles->lock);
	return over;
}

void
emu_troubles_release(EmuTroubles *troubles)
{
	pthread_mutex_lock(&troubles->lock);
	troubles->releases++;
	pthread_cond_broadcast(&troubles->changed);
	pthread_mutex_unlock(&troubles->lock);
}

void
emu_troubles_stop(EmuTroubles *troubles)
{
	pthread_mutex_lock(&troubles->lock);
	troubles->stopped = true;
	pthread_cond_broadcast(&troubles->changed);
	pthread_mutex_unlock(&troubles->lock);
}

void
emu_troubles_clear(EmuTroubles *troubles)
{
	Rule	   *rule;

	pthread_mutex_lock(&troubles->lock);
	while ((rule = troubles->first) != NULL)
	{
		troubles->first = rule->next;
		free(rule->op);
		free(rule->match);
		free(rule);
	}
	pthread_mutex_unlock(&troubles->lock);
}

json_t *
emu_troubles_dump(EmuTroubles *troubles)
{
	json_t	   *list = json_array();

	pthread_mutex_lock(&troubles->lock);
	for (Rule *rule = troubles->first; rule != NULL; rule = rule->next)
	{
		json_t	   *entry = json_pack("{s:s, s:s, s:i, s:i, s:i, s:s*}",
									  "op", rule->op,
									  "kind", rule->trouble.name,
									  "count", (int) rule->count,
									  "skip", (int) rule->skip,
									  "hits", (int) rule->hits,
									  "match", rule->match);

		json_array_append_new(list, entry);
	}
	pthread_mutex_unlock(&troubles->lock);
	return list;
}
