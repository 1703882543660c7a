/*
 * paging.c
 *		Tokens of the listing operations: the operation's name and a number,
 *		in base64 as the service's are. Owns no state.
 */
#include "paging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "answer.h"
#include "validate.h"

#define TOKEN_CHARS_MAX 128

/* The number in a token of this operation; false if it is none of its. */
static bool
read_token(const char *op, const char *token, int64_t *mark)
{
	unsigned char plain[TOKEN_CHARS_MAX] = "";
	size_t		len = strlen(token);
	char		name[64];
	long long	number;

	if (len == 0 || len >= sizeof(plain) || len % 4 != 0 ||
		EVP_DecodeBlock(plain, (const unsigned char *) token,
						(int) len) < 0 ||
		sscanf((char *) plain, "%63[A-Za-z]/%lld", name, &number) != 2 ||
		strcmp(name, op) != 0 || number < 0)
		return false;
	*mark = number;
	return true;
}

bool
emu_paging_read(EmuPaging *paging, const char *op, long most, json_t *input,
				EmuReply *reply)
{
	const char *token = emu_input_text(input, "NextToken");
	json_t	   *limit = json_object_get(input, "MaxResults");
	char		message[64];

	paging->op = op;
	paging->mark = -1;
	paging->limit = (long) json_integer_value(limit);
	if (paging->limit < 0 || paging->limit > most)
	{
		snprintf(message, sizeof(message),
				 "MaxResults must be between 0 and %ld.", most);
		emu_answer_invalid(reply, message);
		return false;
	}
	if (paging->limit == 0)
		paging->limit = most;
	if (token == NULL || read_token(op, token, &paging->mark))
		return true;
	emu_answer_invalid(reply, "NextToken is not valid.");
	return false;
}

void
emu_paging_set_next(const EmuPaging *paging, json_t *out, int64_t mark)
{
	EmuText		token = {0};
	char		plain[96];
	int			len = snprintf(plain, sizeof(plain), "%s/%lld", paging->op,
							   (long long) mark);

	emu_text_add_base64(&token, (unsigned char *) plain, (size_t) len);
	json_object_set_new(out, "NextToken", json_string(token.data));
	emu_text_free(&token);
}
