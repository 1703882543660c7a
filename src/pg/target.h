/*
 * target.h
 *	  The table that receives a result: found at submit, checked again by the
 *	  loader.
 */
#ifndef RSD_PG_TARGET_H
#define RSD_PG_TARGET_H

/* What happens to the rows that are there. */
typedef enum RsdTargetMode
{
	RSD_TARGET_APPEND,			/* nothing */
	RSD_TARGET_REPLACE,			/* DELETE in the transaction of the load */
	RSD_TARGET_TRUNCATE,		/* TRUNCATE in it */
	RSD_TARGET_CREATE			/* there is no table yet */
} RsdTargetMode;

/* A target as it is stored. */
typedef struct RsdTarget
{
	char	   *name;			/* qualified and quoted; NULL: there is none */
	Oid			oid;			/* InvalidOid with CREATE */
	RsdTargetMode mode;
	bool		by_position;	/* columns of the result find theirs so */
	bool		taken;			/* with CREATE: there is one of this name */
} RsdTarget;

/* The word of option target_mode; false for an unknown one.  NULL: append. */
extern bool rsd_target_mode_parse(const char *word, RsdTargetMode *mode);

/* The word for a mode. */
extern const char *rsd_target_mode_name(RsdTargetMode mode);

/*
 * Finds the target by the current search_path and checks what can be checked
 * before anything runs: that it exists, is something that can be loaded, and
 * that the current role may do all that the mode needs.  With CREATE only
 * notes whether it exists.  The name is palloc'd in CurrentMemoryContext;
 * by_position is left to the caller.  Raises an error with a hint otherwise.
 */
extern void rsd_target_resolve(const char *name, RsdTargetMode mode,
							   RsdTarget *out);

/* Raises ERRCODE_DUPLICATE_TABLE if a target to be created exists. */
extern void rsd_target_refuse_taken(const RsdTarget *target);

/*
 * The same checks for a target that was found before, by a loader as the
 * current role.  Raises ERRCODE_UNDEFINED_TABLE if it was dropped since.
 */
extern void rsd_target_check(Oid relid, const char *name, RsdTargetMode mode);

/*
 * Can a loader act for the current role, which means to log in to this
 * database?  Raises an error with a hint otherwise.
 */
extern void rsd_target_check_login(void);

#endif							/* RSD_PG_TARGET_H */
