/*
 * part_targets.c
 *	  Where the rows of a statement's parts go, in the worker's memory.
 *
 * A single statement has its target in RsdLive, the parts of a batch have
 * theirs beside their progress.
 */
#include "postgres.h"

#include "pg/part_targets.h"
#include "pg/parts.h"

const RsdTarget *
rsd_part_target(const RsdLive *live)
{
	const RsdTarget *target = &live->target;

	if (live->parts != NULL)
	{
		if (live->parts->current < 0)
			return NULL;
		target = &live->parts->part[live->parts->current].target;
	}
	return target->name != NULL ? target : NULL;
}

int
rsd_part_target_names(const RsdLive *live, const char ***names)
{
	int			n = 0;

	*names = palloc(sizeof(char *) * (live->parts ? live->parts->n : 1));
	if (live->target.name != NULL)
		(*names)[n++] = live->target.name;
	for (int i = 0; live->parts != NULL && i < live->parts->n; i++)
	{
		if (live->parts->part[i].target.name != NULL)
			(*names)[n++] = live->parts->part[i].target.name;
	}
	return n;
}

bool
rsd_part_targets_meet(const RsdLive *a, const RsdLive *b)
{
	const char **of_a;
	const char **of_b;
	int			na;
	int			nb;
	bool		meet = false;

	if (a->owner != b->owner || !a->m.target || !b->m.target)
		return false;
	na = rsd_part_target_names(a, &of_a);
	nb = rsd_part_target_names(b, &of_b);
	for (int i = 0; i < na && !meet; i++)
	{
		for (int j = 0; j < nb; j++)
			meet |= strcmp(of_a[i], of_b[j]) == 0;
	}
	pfree(of_a);
	pfree(of_b);
	return meet;
}

void
rsd_part_targets_anew(RsdLive *live)
{
	RsdParts   *parts = live->parts;

	live->pages_done = 0;
	live->rows_done = 0;
	live->bytes_done = 0;
	live->ncolumns = -1;
	live->next_token[0] = '\0';
	if (parts == NULL)
		return;
	for (int i = 0; i < parts->n; i++)
	{
		RsdPart    *p = &parts->part[i];

		if (p->target.name == NULL)
			continue;
		p->fetched = false;
		p->pages_done = 0;
		p->rows_done = 0;
		p->bytes_done = 0;
		p->ncolumns = -1;
		p->next_token[0] = '\0';
	}
	rsd_parts_choose(live);
}
