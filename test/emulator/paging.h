/*
 * paging.h
 *		MaxResults and NextToken of the operations that list things.
 */
#ifndef EMU_PAGING_H
#define EMU_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "world.h"

typedef struct EmuPaging
{
	const char *op;
	long		limit;			/* things of a page */
	int64_t		mark;			/* where the page begins; -1: the first */
} EmuPaging;

/*
 * Read MaxResults, of which most is the largest, and NextToken; false when
 * the reply says what is wrong with them.
 */
extern bool emu_paging_read(EmuPaging *paging, const char *op, long most,
							json_t *input, EmuReply *reply);

/* Set NextToken, of which the next page will read mark. */
extern void emu_paging_set_next(const EmuPaging *paging, json_t *out,
								int64_t mark);

#endif							/* EMU_PAGING_H */
