/*
 * results.c
 *		GetStatementResult and its V2: the pages of a result. Owns no state; results
 *		belong to the store and never change once they are there.
 *
 * Members and codes: Redshift Data API Reference.
 */
#include "results.h"

#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "validate.h"

static const char no_result[] = "Query does not have result. Please check "
	"query status with DescribeStatement.";

/* An opaque token for a page of result id; real ones are base64 too. */
static void
page_token(const char *id, size_t page, EmuText *token)
{
	char		plain[96];
	int			len = snprintf(plain, sizeof(plain), "%s/%zu", id, page);

	emu_text_add_base64(token, (unsigned char *) plain, (size_t) len);
}

/* The page that NextToken names, 0 without one; false if none is. */
static bool
find_page(const char *id, const EmuResult *result, const char *token,
		  size_t *page)
{
	bool		found = false;

	*page = 0;
	if (token == NULL)
		return true;
	for (size_t i = 0; i < result->npages && !found; i++)
	{
		EmuText		candidate = {0};

		page_token(id, i, &candidate);
		found = strcmp(candidate.data, token) == 0;
		emu_text_free(&candidate);
		*page = i;
	}
	return found;
}

static void
reply_page(EmuWorld *world, EmuVisit *visit, const EmuResult *result,
		   bool csv, size_t page, EmuReply *reply)
{
	bool		repeat = visit->trouble.kind == EMU_TROUBLE_REPEAT_TOKEN;
	int64_t		total = result->nrows;
	EmuText    *body = &reply->body;

	if (visit->trouble.kind == EMU_TROUBLE_WRONG_TOTAL)
		total++;
	reply->status = 200;
	reply->content_type = EMU_TYPE_JSON;
	emu_text_free(body);
	emu_text_adds(body, "{");
	if (page == 0 || !world->options.head_on_first_page_only)
		emu_text_addf(body, "\"ColumnMetadata\":%s,\"TotalNumRows\":%lld,",
					  result->columns.data, (long long) total);
	if (csv)
		emu_text_addf(body, "\"ResultFormat\":\"%s\",",
					  world->options.csv_name);
	emu_text_adds(body, "\"Records\":[");
	emu_text_add(body, result->pages[page].rows.data,
				 result->pages[page].rows.len);
	emu_text_adds(body, "]");
	if (repeat || page + 1 < result->npages)
	{
		emu_text_adds(body, ",\"NextToken\":\"");
		page_token(visit->id, repeat ? page : page + 1, body);
		emu_text_adds(body, "\"");
	}
	emu_text_adds(body, "}");
}

/* The page asked for, of a statement or part that has one. */
static void
serve(EmuWorld *world, EmuVisit *visit, EmuStatement *statement, size_t part,
	  EmuReply *reply)
{
	const char *token = emu_input_text(visit->input, "NextToken");
	EmuFacts	facts;
	size_t		page;

	emu_statement_facts(world->statements, statement, part, &facts);
	if (facts.result == NULL)
		emu_answer_not_found(world, reply, no_result, visit->id);
	else if (!find_page(visit->id, facts.result, token, &page))
		emu_answer_invalid(reply, "NextToken is not valid.");
	else
		reply_page(world, visit, facts.result, statement->request.csv, page,
				   reply);
}

static void
get(EmuWorld *world, EmuVisit *visit, bool csv, EmuReply *reply)
{
	EmuStatement *statement;
	size_t		part;
	long		seconds;

	if (!emu_answer_read_wait(world, visit, &seconds, reply))
		return;
	statement = emu_answer_find(world, visit, &part, reply);
	if (statement == NULL)
		return;
	if (statement->request.csv != csv)
		emu_answer_invalid(reply, csv ? "The result format is not CSV: use "
						   "GetStatementResult." : "The result format is "
						   "CSV: use GetStatementResultV2.");
	else if (statement->request.is_batch && part == 0)
		emu_answer_invalid(reply, "The id of a batch has no result: give "
						   "that of a sub-statement.");
	else if (emu_answer_wait(world, visit, statement, part, seconds, reply))
		serve(world, visit, statement, part, reply);
	emu_statement_release(world->statements, statement);
}

void
emu_results_get(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	get(world, visit, false, reply);
}

void
emu_results_get_csv(EmuWorld *world, EmuVisit *visit, EmuReply *reply)
{
	get(world, visit, true, reply);
}
