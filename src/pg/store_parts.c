/*
 * store_parts.c
 *	  Rows of rsdata.part of a batch, into the worker's memory and back.
 */
#include "postgres.h"

#include "pg/part_targets.h"
#include "pg/store_parts.h"
#include "pg/store_sql.h"
#include "pg/utf8text.h"

/* A row of RSD_SQL_PARTS behind its number. */
static void
read_part(RsdRow *row, RsdPart *p, RsdLive *live)
{
	MemoryContext old = MemoryContextSwitchTo(live->cx);
	char	   *text = rsd_row_text(row);

	p->known = true;
	if (!rsd_status_parse(text, &p->status))
		elog(ERROR, "unknown status \"%s\" of a part of statement " INT64_FORMAT,
			 text, live->id);
	p->outcome = p->status;
	p->lost = p->status == RSD_UNDELIVERED;
	text = rsd_row_text(row);
	strlcpy(p->aws_id, text ? text : "", sizeof(p->aws_id));
	text = rsd_row_text(row);
	p->next_token = text ? text : pstrdup("");
	p->ncolumns = rsd_row_int4(row, -1);
	p->pages_done = rsd_row_int4(row, 0);
	p->rows_done = rsd_row_int8(row, 0);
	p->rows_total = rsd_row_int8(row, -1);
	p->fetched = !p->lost && p->pages_done > 0 && text == NULL;
	text = rsd_row_text(row);
	p->error = rsd_text_to_utf8(text);
	p->chunks = rsd_row_int4(row, 0);
	p->bytes_done = rsd_row_int8(row, 0);
	MemoryContextSwitchTo(old);
	if (p->lost)
	{
		live->m.part_lost = true;
		p->sqlstate = "22000";
	}
}

void
rsd_store_read_parts(RsdLive *live)
{
	RsdArgs		args = {0};
	int			n;

	rsd_arg_int8(&args, live->id);
	n = rsd_store_run(RSD_SQL_PARTS, &args);
	for (int i = 0; i < n; i++)
	{
		RsdRow		row;
		int			number;

		rsd_row_open(&row, i);
		number = rsd_row_int4(&row, 0);
		if (number >= 1 && number <= live->parts->n)
			read_part(&row, &live->parts->part[number - 1], live);
	}
	/* rows for a target start again */
	if (live->m.target)
		rsd_part_targets_anew(live);
}

/* Where the rows of a part go; the mode was checked at submit. */
static void
read_target(RsdRow *row, RsdTarget *target)
{
	char	   *word;

	target->name = rsd_row_text(row);
	target->oid = rsd_row_oid(row);
	word = rsd_row_text(row);
	if (!rsd_target_mode_parse(word, &target->mode))
		elog(ERROR, "unknown target mode \"%s\"", word);
	target->by_position = strcmp(rsd_row_text(row), "position") == 0;
}

void
rsd_store_read_targets(RsdLive *live)
{
	RsdArgs		args = {0};
	int			n;

	rsd_arg_int8(&args, live->id);
	n = rsd_store_run(RSD_SQL_TARGETS, &args);
	for (int i = 0; i < n; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(live->cx);
		RsdRow		row;
		int			number;

		rsd_row_open(&row, i);
		number = rsd_row_int4(&row, 0);
		if (number >= 1 && number <= live->parts->n)
			read_target(&row, &live->parts->part[number - 1].target);
		MemoryContextSwitchTo(old);
	}
}

static void
add_part(const RsdLive *live, int number, const RsdPart *p,
		 const Jsonb *columns, RsdArgs *args)
{
	rsd_arg_int8(args, live->id);
	rsd_arg_int4(args, number);
	rsd_arg_text(args, rsd_status_name(p->status));
	rsd_arg_word(args, p->aws_id);
	rsd_arg_pointer(args, columns);
	rsd_arg_word(args, p->next_token);
	rsd_arg_int4(args, p->pages_done);
	rsd_arg_int8(args, p->rows_done);
	rsd_arg_count(args, p->rows_total);
	rsd_arg_count(args, p->rows_affected);
	rsd_arg_count(args, p->result_bytes);
	rsd_arg_micros(args, p->duration_ns);
	rsd_arg_count(args, p->query_id);
	rsd_arg_word(args, p->query_uuid);
	rsd_arg_utf8(args, p->status == RSD_FINISHED ? NULL : p->error);
	rsd_arg_text(args, p->sqlstate);
	rsd_arg_tri(args, p->has_result);
}

void
rsd_store_add_parts(RsdLive *live, const Jsonb *columns, RsdArgRows *rows)
{
	RsdParts   *parts = live->parts;

	rsd_parts_sync(live);
	for (int i = 0; i < parts->n; i++)
	{
		const RsdPart *p = &parts->part[i];
		bool		paged = live->has_page && i == parts->current;

		if (p->known && (p->dirty || paged))
			add_part(live, i + 1, p, paged ? columns : NULL,
					 rsd_args_add_row(rows));
	}
}
