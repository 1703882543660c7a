/*
 * trouble.h
 *		The rules by which calls go wrong on purpose.
 */
#ifndef EMU_TROUBLE_H
#define EMU_TROUBLE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

typedef struct EmuTroubles EmuTroubles;

typedef enum EmuTroubleKind
{
	EMU_TROUBLE_NONE,
	EMU_TROUBLE_DELAY,
	EMU_TROUBLE_HANG,
	EMU_TROUBLE_ERROR,
	EMU_TROUBLE_DENIED,
	EMU_TROUBLE_KMS,
	EMU_TROUBLE_LOST_REPLY,
	EMU_TROUBLE_CUT,
	EMU_TROUBLE_RESET,
	EMU_TROUBLE_TRUNCATE,
	EMU_TROUBLE_GARBAGE,
	EMU_TROUBLE_HTML,
	EMU_TROUBLE_EMPTY,
	EMU_TROUBLE_BAD_UTF8,
	EMU_TROUBLE_NUL_ESCAPE,
	EMU_TROUBLE_TRUNCATED_JSON,
	EMU_TROUBLE_REPEAT_TOKEN,
	EMU_TROUBLE_WRONG_TOTAL,
	EMU_TROUBLE_SLOW_BODY,
	EMU_TROUBLE_EARLY,
	EMU_TROUBLE_UNKNOWN_STATUS,
	EMU_TROUBLE_HUGE,
	EMU_TROUBLE_BODY
} EmuTroubleKind;

/* One call's share of a rule: a copy, valid without any lock. */
typedef struct EmuTrouble
{
	EmuTroubleKind kind;
	const char *name;			/* of the kind; static; NULL for none */
	long		ms;				/* slow_body */
	long		delay_ms;		/* wait so long first, whatever the kind */
	bool		after;			/* meet it when carried out, not instead */
	int			status;			/* error, html, body */
	size_t		bytes;			/* huge */
	char		code[96];		/* "": that of the kind */
	char		message[512];	/* likewise */
	char		body[8192];		/* body */
} EmuTrouble;

/* Make an empty set of rules. */
extern EmuTroubles *emu_troubles_create(void);

/* Free it; nobody may be inside emu_troubles_hang any more. */
extern void emu_troubles_destroy(EmuTroubles *troubles);

/*
 * Add the rule that a JSON object describes. Returns NULL, or what is wrong
 * with it (static text).
 */
extern const char *emu_troubles_add(EmuTroubles *troubles, json_t *rule);

/*
 * Find the rule for a call of op, of whose nsubjects texts (NULLs allowed)
 * one must hold the rule's match. Delays add up in trouble->delay_ms; the
 * kind is that of the first other rule that fits.
 */
extern void emu_troubles_take(EmuTroubles *troubles, const char *op,
							  const char *const *subjects, size_t nsubjects,
							  EmuTrouble *trouble);

/*
 * Wait until released, stopped, or the caller on socket fd has gone; at most
 * ms milliseconds where ms is not negative. Returns true when the call should
 * go on: it was released, or the time is over.
 */
extern bool emu_troubles_hang(EmuTroubles *troubles, int fd, long ms);

/* End all hangs. */
extern void emu_troubles_release(EmuTroubles *troubles);

/* End all hangs and let no new one begin. */
extern void emu_troubles_stop(EmuTroubles *troubles);

/* Drop all rules. */
extern void emu_troubles_clear(EmuTroubles *troubles);

/* The rules with what is left of their counts, as a JSON array. */
extern json_t *emu_troubles_dump(EmuTroubles *troubles);

#endif							/* EMU_TROUBLE_H */
