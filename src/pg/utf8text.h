/*
 * utf8text.h
 *	  Text between the service's UTF-8 and the database's encoding.
 */
#ifndef RSD_PG_UTF8TEXT_H
#define RSD_PG_UTF8TEXT_H

/*
 * From the database's encoding to UTF-8; a palloc'd copy, NULL of NULL.
 * Raises ERRCODE_UNTRANSLATABLE_CHARACTER for what has no UTF-8 form, and
 * ERRCODE_CHARACTER_NOT_IN_REPERTOIRE in a database that knows no encoding.
 */
extern char *rsd_text_to_utf8(const char *text);

/*
 * From UTF-8 to the database's encoding, for texts that people read: bytes
 * that are invalid and characters that have no place in the encoding become
 * "?", as all that is not ASCII does where no conversion can be looked up:
 * outside of a transaction, or in a database that knows no encoding.  Never
 * fails; a palloc'd copy.
 */
extern char *rsd_text_from_utf8(const char *text);

#endif							/* RSD_PG_UTF8TEXT_H */
