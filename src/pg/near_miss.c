/*
 * near_miss.c
 *	  What somebody who mistyped a name may have meant.
 *
 * By Levenshtein distance, as the server does for column names.
 */
#include "postgres.h"

#include "utils/varlena.h"

#include "pg/near_miss.h"

/* More edits than this are another word. */
#define MAX_EDITS 4

/* varstr_levenshtein refuses longer strings. */
#define MAX_LENGTH 255

void
rsd_near_miss_offer(RsdNearMiss *miss, const char *candidate)
{
	int			wanted_len = (int) strlen(miss->wanted);
	int			len = (int) strlen(candidate);
	int			limit = Min(MAX_EDITS, wanted_len / 2);
	int			distance;

	if (wanted_len == 0 || wanted_len > MAX_LENGTH || len > MAX_LENGTH)
		return;
	if (miss->best != NULL)
		limit = Min(limit, miss->distance - 1);
	if (limit < 0)
		return;
	distance = varstr_levenshtein_less_equal(miss->wanted, wanted_len,
											 candidate, len, 1, 1, 1,
											 limit, true);
	if (distance <= limit)
	{
		miss->best = candidate;
		miss->distance = distance;
	}
}
