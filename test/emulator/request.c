/*
 * request.c
 *		The ends of requests and results, and the names of states: what
 *		statement.h declares and no lock is needed for.
 */
#include "statement.h"

#include <stdlib.h>
#include <string.h>

static const char *const state_names[] = {
	"SUBMITTED", "PICKED", "STARTED", "FINISHED", "FAILED", "ABORTED"
};

const char *
emu_state_name(EmuState state)
{
	return state_names[state];
}

bool
emu_state_is_final(EmuState state)
{
	return state >= EMU_FINISHED;
}

bool
emu_state_read(const char *name, EmuState *state)
{
	for (int i = EMU_SUBMITTED; i <= EMU_ABORTED; i++)
	{
		if (strcmp(state_names[i], name) != 0)
			continue;
		*state = (EmuState) i;
		return true;
	}
	return false;
}

void
emu_request_free(EmuRequest *request)
{
	for (size_t i = 0; i < request->nparams; i++)
	{
		free(request->param_names[i]);
		free(request->param_values[i]);
	}
	for (size_t i = 0; i < request->nparts; i++)
	{
		free(request->parts[i].sql);
		free(request->parts[i].bound_sql);
		free(request->parts[i].bound);
	}
	free(request->param_names);
	free(request->param_values);
	free(request->parts);
	free(request->sql);
	free(request->owner);
	free(request->caller);
	free(request->session_id);
	free(request->database);
	free(request->cluster);
	free(request->workgroup);
	free(request->db_user);
	free(request->secret_arn);
	free(request->name);
	free(request->token);
	memset(request, 0, sizeof(*request));
}

EmuPage *
emu_result_add_page(EmuResult *result)
{
	EmuPage    *page;

	result->pages = realloc(result->pages,
							sizeof(*page) * (result->npages + 1));
	if (result->pages == NULL)
		abort();
	page = &result->pages[result->npages++];
	memset(page, 0, sizeof(*page));
	emu_text_adds(&page->rows, "");
	return page;
}

void
emu_result_free(EmuResult *result)
{
	if (result == NULL)
		return;
	for (size_t i = 0; i < result->npages; i++)
		emu_text_free(&result->pages[i].rows);
	free(result->pages);
	emu_text_free(&result->columns);
	free(result);
}
