/* SPDX-License-Identifier: Apache-2.0
 *
 * See ctl_completion.h.  First the tables as functions of bash, then what is the same for all
 * of them. */
#include "control/ctl_completion.h"

#include <stdbool.h>
#include <string.h>

#include "control/ctl_command.h"
#include "control/ctl_leg.h"
#include "control/log.h"

/* What an argument or an option's value is, by what its table calls it -> what completes it, a
 * word of the script's.  A name that is not here is completed by nothing. */
static const struct {
	const char *name, *kind;
} kinds[] = {
	{"ID", "calls"},
	{"METHOD", "methods"},
	{"METHOD [JSON]", "methods"},
	{"FILE", "files"},
	{"PATH", "files"},
	{"LEVEL", "levels"},
	{"NAME=VALUE,...", "legs"},
};

static const char *
kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(name, kinds[i].name) == 0)
			return kinds[i].kind;
	return NULL;
}

static void
options_of(FILE *f, const struct ctl_option *o)
{
	for (; o != NULL && o->name != NULL; o++)
		fprintf(f, " %s", o->name);
}

/* Rows of the same words say the same of options. */
static bool
is_first_of_its_words(const struct ctl_command *c)
{
	return ctl_command_find(c->words, true) == c ||
	       (ctl_command_find(c->words, true)->argument == NULL &&
		       ctl_command_find(c->words, false) == c);
}

static void
put_commands(FILE *f)
{
	fputs("_strowger_ctl_commands=(\n", f);
	for (const struct ctl_command *c = ctl_commands; c->words != NULL; c++)
		if (is_first_of_its_words(c))
			fprintf(f, "\t'%s'\n", c->words);
	fputs(")\n\n", f);
}

static void
put_options(FILE *f)
{
	fputs("# COMMAND: its options.\n_strowger_ctl_options() {\n\tcase $1 in\n", f);
	for (const struct ctl_command *c = ctl_commands; c->words != NULL; c++) {
		if (c->options == NULL || !is_first_of_its_words(c))
			continue;
		fprintf(f, "\t'%s') echo", c->words);
		options_of(f, c->options);
		fputs(" ;;\n", f);
	}
	fputs("\tesac\n\techo", f);
	options_of(f, ctl_options_all);
	fputs("\n}\n\n", f);
}

static void
put_arguments(FILE *f)
{
	fputs("# COMMAND: what its argument is.\n_strowger_ctl_argument() {\n\tcase $1 in\n",
		f);
	for (const struct ctl_command *c = ctl_commands; c->words != NULL; c++) {
		const char *kind = c->argument != NULL ? kind_of(c->argument) : NULL;

		if (kind != NULL)
			fprintf(f, "\t'%s') echo %s ;;\n", c->words, kind);
	}
	fputs("\tesac\n}\n\n", f);
}

/* "VALUE" of an option: a kind, or the words that it may be. */
static void
put_values_of(FILE *f, const char *command, const struct ctl_option *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		const char *kind;

		if (o->value == NULL)
			continue;
		kind = strcmp(o->name, "--instance") == 0 ? "instances" : kind_of(o->value);
		fprintf(f, "\t'%s'%s) echo ", command, o->name);
		if (kind != NULL)
			fputs(kind, f);
		else if (strpbrk(o->value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL)
			fprintf(f, "'=%s'", o->value);
		else
			fputs("nothing", f);
		fputs(" ;;\n", f);
	}
}

static void
put_values(FILE *f)
{
	fputs("# COMMANDOPTION: what its value is; no answer: it takes none.\n"
	      "_strowger_ctl_value() {\n\tcase $1 in\n",
		f);
	for (const struct ctl_command *c = ctl_commands; c->words != NULL; c++)
		if (is_first_of_its_words(c))
			put_values_of(f, c->words, c->options);
	for (const struct ctl_option *o = ctl_options_all; o->name != NULL; o++)
		if (o->value != NULL)
			put_values_of(f, "", (struct ctl_option[]){*o, {NULL}});
	fputs("\tesac\n}\n\n", f);
}

static void
put_levels(FILE *f)
{
	fputs("_strowger_ctl_levels='", f);
	for (size_t i = 0; log_levels[i] != NULL; i++)
		fprintf(f, "%s%s", i > 0 ? " " : "", log_levels[i]);
	fputs("'\n\n", f);
}

static void
put_leg_keys(FILE *f)
{
	fputs("_strowger_ctl_leg_keys='", f);
	for (size_t i = 0; ctl_leg_key(i) != NULL; i++)
		fprintf(f, "%s%s=", i > 0 ? " " : "", ctl_leg_key(i));
	fputs("'\n\n", f);
}

/* clang-format off */
static const char rest[] =
	"# KIND: words of it, one a line.  A node that does not answer at once is no help.\n"
	"_strowger_ctl_words() {\n"
	"\tcase $1 in\n"
	"\tcalls) _strowger_ctl_ask 'call' call list --limit 200 ;;\n"
	"\tmethods) _strowger_ctl_ask 'name' describe ;;\n"
	"\tlevels) printf '%s\\n' $_strowger_ctl_levels ;;\n"
	"\tlegs) _strowger_ctl_leg ;;\n"
	"\tinstances) find /run/strowger -mindepth 1 -maxdepth 1 -type d -printf '%f\\n' 2>/dev/null ;;\n"
	"\t=*) tr '|' '\\n' <<<\"${1#=}\" ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"# What the leg that is being typed may go on with: what else may be said of it, or another codec.\n"
	"_strowger_ctl_leg() {\n"
	"\tlocal part=${typed##*,} codecs='' word\n"
	"\n"
	"\t[[ $part != codecs=* ]] || codecs=yes part=${part##*[=+]}\n"
	"\twhile read -r word; do echo \"${typed%\"$part\"}$word\"; done < <(\n"
	"\t\tif [ -n \"$codecs\" ]; then _strowger_ctl_ask 'name' codec list; else printf '%s\\n' $_strowger_ctl_leg_keys; fi)\n"
	"}\n"
	"\n"
	"# MEMBER COMMAND...: that member's values in the answer.\n"
	"_strowger_ctl_ask() {\n"
	"\ttimeout 2 strowger-ctl \"${_strowger_ctl_where[@]}\" -j \"${@:2}\" 2>/dev/null |\n"
	"\t\tgrep -oE \"\\\"$1\\\":\\\"[^\\\"\\\\\\\\]*\\\"\" | cut -d '\"' -f 4\n"
	"}\n"
	"\n"
	"# The command line up to the word that is being typed: which command, which node, which option waits for its\n"
	"# value.  Sets command, waiting, arguments and _strowger_ctl_where.\n"
	"_strowger_ctl_read() {\n"
	"\tlocal word known\n"
	"\n"
	"\tcommand='' waiting='' arguments=0 _strowger_ctl_where=()\n"
	"\tfor word in \"$@\"; do\n"
	"\t\tif [ -n \"$waiting\" ]; then\n"
	"\t\t\tcase $waiting in --instance | --socket) _strowger_ctl_where+=(\"$waiting\" \"$word\") ;; esac\n"
	"\t\t\twaiting=''\n"
	"\t\telif [[ $word == -* ]]; then\n"
	"\t\t\t[ -z \"$(_strowger_ctl_value \"$command$word\")$(_strowger_ctl_value \"$word\")\" ] || waiting=$word\n"
	"\t\telse\n"
	"\t\t\tfor known in \"${_strowger_ctl_commands[@]}\"; do\n"
	"\t\t\t\t[[ \"$known \" == \"${command:+$command }$word \"* ]] && break\n"
	"\t\t\t\tknown=''\n"
	"\t\t\tdone\n"
	"\t\t\tif [ -n \"$known\" ]; then command=${command:+$command }$word; else arguments=$((arguments + 1)); fi\n"
	"\t\tfi\n"
	"\tdone\n"
	"}\n"
	"\n"
	"# The words that may stand next.\n"
	"_strowger_ctl_next() {\n"
	"\tlocal known rest\n"
	"\n"
	"\tif [[ $1 == -* ]]; then\n"
	"\t\t_strowger_ctl_options \"$command\" | tr ' ' '\\n'\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tfor known in \"${_strowger_ctl_commands[@]}\"; do\n"
	"\t\trest=${known#\"${command:+$command }\"}\n"
	"\t\t[[ $rest != \"$known\" || -z $command ]] && echo \"${rest%% *}\"\n"
	"\tdone\n"
	"\t[ $arguments -gt 0 ] || _strowger_ctl_words \"$(_strowger_ctl_argument \"$command\")\"\n"
	"}\n"
	"\n"
	"# Bash parts words at ':', '@' and '=', which calls' names have, too: the line is parted at blanks, and of what\n"
	"# completes its last word the part that bash has not asked for is taken off.  A name is never run: no compgen -W.\n"
	"_strowger_ctl() {\n"
	"\tlocal command waiting arguments kind word typed asked=$2 line\n"
	"\n"
	"\tread -ra line <<<\"${COMP_LINE:0:COMP_POINT}\"\n"
	"\t[[ ${COMP_LINE:0:COMP_POINT} == *[[:blank:]] ]] && line+=('')\n"
	"\ttyped=${line[-1]}\n"
	"\t_strowger_ctl_read \"${line[@]:1:${#line[@]}-2}\"\n"
	"\tkind=$(_strowger_ctl_argument \"$command\")\n"
	"\tif [ -n \"$waiting\" ]; then\n"
	"\t\tkind=$(_strowger_ctl_value \"$command$waiting\")\n"
	"\t\t[ -n \"$kind\" ] || kind=$(_strowger_ctl_value \"$waiting\")\n"
	"\tfi\n"
	"\tCOMPREPLY=()\n"
	"\t[ \"$kind\" != legs ] || compopt -o nospace 2>/dev/null\n"
	"\tif [ \"$kind\" = files ] && [[ -n $waiting || $typed != -* ]]; then\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$asked\")\n"
	"\t\treturn\n"
	"\tfi\n"
	"\twhile read -r word; do\n"
	"\t\t[[ $word == \"$typed\"* ]] || continue\n"
	"\t\tword=$(printf %q \"${word#\"${typed%\"$asked\"}\"}\")\n"
	"\t\tCOMPREPLY+=(\"${word//\\\\,/,}\")\n"
	"\tdone < <(if [ -n \"$waiting\" ]; then _strowger_ctl_words \"$kind\"; else _strowger_ctl_next \"$typed\"; fi | sort -u)\n"
	"}\n"
	"complete -F _strowger_ctl strowger-ctl\n";
/* clang-format on */

void
ctl_completion_bash(FILE *f)
{
	fputs("# strowger-ctl in bash; printed by strowger-ctl --print-completion bash\n\n",
		f);
	put_commands(f);
	put_options(f);
	put_arguments(f);
	put_values(f);
	put_levels(f);
	put_leg_keys(f);
	fputs(rest, f);
}
