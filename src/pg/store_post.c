/*
 * store_post.c
 *	  What is still to be published, its words, and how it went.
 */
#include "postgres.h"

#include "pg/store_post.h"
#include "pg/store_sql.h"
#include "pg/utf8text.h"

/*
 * SNS takes 262,144 bytes, message and attributes together.  In JSON a
 * character takes six at most; what stands beside the error is bounded: a
 * label of 2 kB, names, numbers and times.
 */
#define MAX_ERROR_CHARS 32768

/* The rows of a query for posts. */
static List *
read_posts(MemoryContext cx, int n)
{
	MemoryContext old = MemoryContextSwitchTo(cx);
	List	   *posts = NIL;

	for (int i = 0; i < n; i++)
	{
		RsdPost    *post = palloc0(sizeof(RsdPost));
		RsdRow		row;

		rsd_row_open(&row, i);
		post->id = rsd_row_int8(&row, 0);
		post->server = rsd_row_oid(&row);
		post->owner = rsd_row_oid(&row);
		post->topic_arn = rsd_row_text(&row);
		post->attempts = rsd_row_int4(&row, 0);
		post->since = rsd_row_time(&row);
		post->due = rsd_row_time(&row);
		post->told = rsd_row_bool(&row, false);
		posts = lappend(posts, post);
	}
	MemoryContextSwitchTo(old);
	return posts;
}

List *
rsd_store_unpublished(MemoryContext cx, int most)
{
	RsdArgs		args = {0};

	rsd_arg_int4(&args, most);
	return read_posts(cx, rsd_store_run(RSD_SQL_UNPUBLISHED, &args));
}

List *
rsd_store_unpublished_to(MemoryContext cx, const RsdTopic *topic, int most)
{
	RsdArgs		args = {0};

	rsd_store_lock();
	rsd_arg_int4(&args, most);
	rsd_arg_oid(&args, topic->server);
	rsd_arg_oid(&args, topic->owner);
	rsd_arg_text(&args, topic->arn);
	return read_posts(cx, rsd_store_run(RSD_SQL_UNPUBLISHED_TO, &args));
}

bool
rsd_store_letter(int64 id, bool with_error, MemoryContext cx,
				 RsdLetter *letter)
{
	RsdArgs		args = {0};
	RsdRow		row;
	MemoryContext old;

	rsd_store_lock();
	rsd_arg_int8(&args, id);
	rsd_arg_bool(&args, with_error);
	rsd_arg_int4(&args, MAX_ERROR_CHARS);
	if (rsd_store_run(RSD_SQL_LETTER, &args) != 1)
		return false;
	rsd_row_open(&row, 0);
	old = MemoryContextSwitchTo(cx);
	letter->topic = rsd_text_to_utf8(rsd_row_text(&row));
	letter->status = rsd_text_to_utf8(rsd_row_text(&row));
	letter->label = rsd_text_to_utf8(rsd_row_text(&row));
	letter->server = rsd_text_to_utf8(rsd_row_text(&row));
	letter->subject = rsd_text_to_utf8(rsd_row_text(&row));
	letter->message = rsd_text_to_utf8(rsd_row_text(&row));
	letter->occasion = rsd_text_to_utf8(rsd_row_text(&row));
	MemoryContextSwitchTo(old);
	return true;
}

RsdWritten
rsd_store_posted(const RsdPost *post)
{
	RsdArgs		args = {0};

	rsd_store_lock();
	rsd_arg_int8(&args, post->id);
	rsd_arg_bool(&args, !post->published && !post->given_up);
	rsd_arg_text(&args, post->published ? "published" :
				 post->given_up ? "failed" : "pending");
	rsd_arg_int4(&args, post->attempts);
	rsd_arg_word(&args, post->published ? post->attempt->message_id : "");
	rsd_arg_utf8(&args, post->error);
	rsd_arg_time(&args, post->published || post->given_up ? 0 : post->due);
	return rsd_store_run(RSD_SQL_POSTED, &args) == 1 ? RSD_WRITTEN :
		rsd_store_not_written(post->id);
}
