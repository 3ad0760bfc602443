"""The sentences themselves: for each built-in tool what people type to reach it. Data only; the slots are in frames.py."""

from collections.abc import Mapping

TODAY = "today"

PLAIN: Mapping[str, tuple[str, ...]] = {
    "calculate": (
        "(what is|what's|whats) {expression}[?]", "{expression}", "{expression} =[?]", "(calculate|compute|calc) {expression}[ for me]",
        "how much is {expression}[?]", "[can you|could you|please] (work out|figure out|solve|evaluate) {expression}[?]",
        "what do you get (for|from|if you do) {expression}[?]", "(do the math|quick math|math): {expression}", "tell me what {expression} is",
        "i need (the result of|to know) {expression}", "give me {expression}", "what does {expression} (equal|come to|make)[?]",
        "(run the numbers|crunch): {expression}", "what would {expression} be[?]", "(the answer to|result of) {expression}[?]",
        "how many is {expression}[?]", "find {expression}", "use the calculator: {expression}", "(whats|what is) the value of {expression}[?]",
        "if i have {expression} how much is that[?]", "add it up: {expression}", "can you tell me {expression}[?]", "check {expression} for me",
    ),
    "convert_units": (
        "convert {value} {pair_to}", "[can you|could you|please] (convert|change|turn) {value} {pair_into}[?]",
        "(what is|what's|whats) {value} {pair_in}[?]", "how much is {value} {pair_in}[?]", "{value} {pair_to}", "{value} {pair_in}[?]",
        "{many}", "{value} {pair_in} please", "how (long|far|heavy|hot) is {value} {pair_in}[?]", "express {value} {pair_in}",
        "i (need|want) {value} {pair_in}", "give me {value} {pair_in}", "(translate|switch) {value} {pair_into}", "unit conversion: {value} {pair_to}",
        "what does {value} {pair_in} come to[?]", "tell me {value} {pair_in}", "whats {value} {pair_to}[?]", "the recipe says {value}, {pair_in}[?]",
    ),
    "current_time": (
        "(what time is it|what's the time|whats the time|what is the time) in {place}[?]", "(current time|time|local time) in {place}[?]",
        "time {place}", "tell me the time in {place}", "what's the (current|local) time in {place} [right now|now][?]", "{place} time[?]",
        "how late is it in {place}[?]", "is it (late|morning|night) in {place} [now|already][?]", "what day is it in {place}[?]", "clock in {place}",
        "do you know what time it is in {place}[?]", "i need to know the time in {place}", "what hour is it in {place}[?]", "what time do they have in {place}[?]",
        "whats the date in {place}[?]", "(check|show) the time in {place}",
    ),
    "date_difference": (
        "how many days (are there|are) between {start} and {end}[?]", "how many days from {start} (to|until|till) {end}[?]", "days between {start} and {end}",
        "number of days between {start} and {end}", "how long is it from {start} (to|until) {end}[?]", "count the days from {start} to {end}",
        "what's the difference between {start} and {end} in days[?]", "days from {start} to {end}", "how far apart are {start} and {end}[?]",
        "how much time is there between {start} and {end}[?]", "calculate the days between {start} and {end}", "how long between {start} and {end}[?]",
    ),
    "date_add": (
        "(what date is|what is|what's|whats) {days} after {date}[?]", "(what date is it|what's the date) {days} from {date}[?]", "add {days} to {date}",
        "{date} plus {days}", "which (date|day) is {days} after {date}[?]", "{days} after {date}", "when is {days} after {date}[?]",
        "if i add {days} to {date} what do i get[?]", "count {days} forward from {date}", "give me the date {days} after {date}",
    ),
    "list_files": (
        "(list|show|show me) [the|all|all the|my] files in {folder}", "(what's|what is|whats) in [the] {folder} [folder|directory][?]", "ls {folder}",
        "what files are in {folder}[?]", "(list|show me|find) [the|all|all the] {kind} files in {folder}", "(list|show|show me|find) [all|my|all my|the] {kind} files",
        "(list|show) [the] files matching {glob}", "(list|show|find|ls) {glob} in {folder}", "list {glob}", "show [me] the contents of [the] {folder} (folder|directory)",
        "which {kind} files do i have[?]", "are there any {kind} files [here] in {folder}[?]", "what {kind} files are (here|there)[?]", "which files match {glob}[?]",
        "look (in|inside) {folder}", "any {kind} files around[?]", "give me a list of [the] {kind} files in {folder}", "open the {folder} folder", "directory listing of {folder}",
        "how many {kind} files are in {folder}[?]", "do i have any {kind} files[?]", "list everything in {folder}", "let me see the {folder} directory",
        "check what's inside {folder}", "browse {folder}", "ls {glob}",
    ),
    "read_file": (
        "(read|open|show|show me|display|print|cat|view) {file}", "(read|open|show me) the file {file}", "what's in {file}[?]", "(whats|what is) (in|inside) the file {file}[?]",
        "show [me] the contents of {file}", "what does {file} say[?]", "[can you|could you] (read|open|show me) {file}[?]", "read {file} [to me|aloud]",
        "let me see {file}", "i want to (see|read) {file}", "(give me|get me) the contents of {file}", "look at {file}", "tell me what's in {file}", "let's look at {file}",
        "what did i write in {file}[?]", "pull up {file}", "check {file}", "have a look at {file}", "what is written in {file}[?]", "the content of {file}",
        "load {file}", "could you check what {file} says[?]",
    ),
    "write_file": (
        "(write|save|put|store) {content} (to|in|into) {file}", "(write|save) {quoted} (to|in|into) {file}", "(create|make) [a file called|a file named|a file|the file] {file} (with|containing|that says|saying) {content}",
        "(create|make) [a file called|a file named|a file|the file|a new file] {file} (with the text|with|containing|that says|with content) {quoted}", "save {content} as {file}", "save {quoted} as {file}",
        "make a file {file} with {content}", "write to {file}: {content}", "write {file}: {content}", "put {quoted} (in|into) {file}", "put the text {quoted} in {file}",
        "new file {file}: {content}", "(i need|i want) a file {file} (with|that says) {content}", "(save|write) the text {content} to [the file] {file}", "(write|save) the following to {file}: {content}",
        "{file} should (say|contain) {content}", "dump {content} into {file}", "overwrite {file} with {content}", "[can you|could you] (create|write|make) {file} with {content} in it[?]",
        "store the words {quoted} in {file}", "create {file} and write {content} in it", "save this to {file}: {content}", "put {content} in a file called {file}",
    ),
    "search_files": (
        "search [my|the|all|all my] files for {file_query}", "find {file_query} in [my|the|all] files", "search for {file_query} in {folder}", "(which|what) files (mention|contain|have) {file_query}[?]",
        "grep [for] {file_query} in {folder}", "grep {file_query}", "find [all] files (containing|with|that mention|mentioning) {file_query}", "look for {file_query} in {folder}",
        "where (do i mention|did i write about|is) {file_query} in my files[?]", "search {folder} for {file_query}", "look through [the|my] files for {file_query}", "find {file_query} in {folder}",
        "search files for {quoted_query}", "which file (has|mentions) {quoted_query}[?]", "in which file (is|did i write) {file_query}[?]", "is {file_query} mentioned (anywhere in my files|in any file)[?]",
        "find the file that (mentions|talks about|contains) {file_query}", "do any of my files (mention|contain) {file_query}[?]", "scan {folder} for {file_query}", "find every mention of {file_query} in {folder}",
        "look for the word {file_query} in my documents", "where in {folder} does it say {file_query}[?]", "search inside {folder} for {quoted_query}",
    ),
    "add_note": (
        "(note|note that|note down|note down that|note:) {note}", "(add|make|take|create|write|save) a note: {note}", "(add|make|take) a note that {note}", "(write down|jot down|write this down:) {note}",
        "(write down|jot down) that {note}", "new note: {note}", "add to my notes: {note}", "(save|put) {note} (in|to) my notes", "take note: {note}", "make a note of this: {note}", "add {note} to my notes",
        "[can you|could you] (make a note|note down|write down|jot down) [that] {note}[?]", "note to self: {note}", "keep a note: {note}", "(add|save) (a|this) note {note}", "(add|make) a note saying {note}",
        "put in my notes that {note}", "a note for later: {note}", "i want to note [down] that {note}", "quick note: {note}", "save this as a note: {note}", "jot this down: {note}", "log this: {note}",
        "could you please (write|put) down {note} in my notes[?]", "make a note about {note}", "for my notes: {note}",
    ),
    "search_notes": (
        "(search|check|look through) my notes for {topic}", "(what do my notes say|what did i note|what did i write down|what did i write) about [the] {topic}[?]", "(find|show|show me) my notes (about|on) [the] {topic}",
        "do i have (a note|any notes|notes) (about|on) [the] {topic}[?]", "look for {topic} in my notes", "find {topic} in my notes", "any notes (about|on) {topic}[?]", "notes (about|on) {topic}",
        "is there a note about {topic}[?]", "pull up my notes on {topic}", "find the note (about|with) [the] {topic}", "search notes {topic}", "what notes do i have (on|about) {topic}[?]",
        "where's that note about [the] {topic}[?]", "which note mentions {topic}[?]", "look up {topic} in my notes",
    ),
    "add_task": (
        "add {item} to my (tasks|todo list|to-do list|list|todos|task list|to do list)", "add [a] (task|todo): {item}", "(new|add) (task|todo) {item}", "(add|create|make) a task to {item}", "todo: {item}", "put {item} on my (todo list|list|to-do list|tasks)",
        "i (need|have) to {item}, add it to my (list|tasks|todos)", "add {item} to my (tasks|todo list|list) (for|by|due) {due}", "(add|create) a task to {item} (by|for|due) {due}", "(new|add) task: {item} (due|by|for) {due}", "task: {item}",
        "put {item} on my list (for|by) {due}", "remind my list: {item}", "i (need|have|want) to {item} by {due}, (put it on|add it to) my (list|tasks|todo list)", "[can you|could you] add {item} to my (tasks|todos|list)[?]", "add task {item} {due}",
        "add {quoted_item} to my tasks", "create a (todo|task) called {quoted_item}", "{item} needs to go on my (todo list|list|tasks)", "stick {item} on the (todo|to-do) list", "{item} on my (todo|to do) list", "make {item} a task (for|due) {due}",
        "add a to-do to {item} before {due}", "my tasks: add {item}", "i should {item}, make it a task", "one more (task|todo): {item}", "track a task: {item}", "new todo {item} due {due}", "need to {item} {due}, put that on my list", "schedule a task to {item} for {due}",
        "todo {item} by {due}", "write {item} on my todo list", "another task, {item}", "get {item} onto my task list", "don't let me forget to {item}, add a task",
    ),
    "list_tasks": (),
    "complete_task": (
        "(mark|set) {item} as (done|complete|completed|finished)", "mark {item} (done|complete|off)", "i (finished|did|completed|am done with) {item}", "(complete|finish|check off|tick off|close) {item}", "(complete|finish|close) the task {item}",
        "{item} is done", "done with {item}", "cross off {item}", "check {item} off (my list|the list|my tasks)", "tick {item} off my (list|todo list)", "cross {item} off [my list|the list]", "set the task {item} to done", "i've [already] (done|finished) {item}",
        "the task {item} is (done|finished|complete)", "{item} - done", "mark the task {quoted_item} as done", "{item}: finished", "completed {item}", "[can you] mark {item} as done[?]", "just finished {item}", "take {item} off my (list|todo list), it's done", "mark off {item}",
        "you can check off {item}", "task {item} completed", "already did {item}, mark it done",
    ),
    "set_reminder": (
        "remind me to {deed} {moment}", "remind me {moment} to {deed}", "(set|create|add|make) a reminder to {deed} {moment}", "(set|create) a reminder {moment} to {deed}", "(set|add) a reminder for {moment}: {deed}", "reminder: {deed} {moment}", "{moment} remind me to {deed}",
        "[can you|could you|please] remind me to {deed} {moment}[?]", "ping me {moment} to {deed}", "don't let me forget to {deed} {moment}", "remind me about {deed} {moment}", "set a reminder {deed} {moment}", "i need a reminder to {deed} {moment}", "reminder to {deed} {moment}",
        "alert me {moment} to {deed}", "remind me that i (have to|need to|should|must) {deed} {moment}", "nudge me {moment} to {deed}", "remind me of {deed} {moment}", "tell me to {deed} {moment}", "make sure i {deed} {moment}, remind me", "new reminder {moment}: {deed}", "{deed} {moment}, remind me",
        "reminder for {moment}: {deed}", "set an alarm {moment} to {deed}", "could you set a reminder so i {deed} {moment}[?]", "remind {moment}: {deed}", "notify me {moment} to {deed}", "i have to {deed} {moment}, remind me",
    ),
    "add_expense": (
        "i (spent|paid) {amount} (on|for) {purchase}", "(spent|paid) {amount} (on|for) {purchase}", "(add|log|record) [an|a] expense of {amount} for {purchase}", "(log|record|add|track) {amount} for {purchase}", "{purchase} {amount}", "{purchase}: {amount}", "{purchase} cost [me] {amount}", "{amount} for {purchase}",
        "i (spent|paid) {amount} (on|for) {purchase} {bought_on}", "{bought_on} i (spent|paid) {amount} (on|for) {purchase}", "(add|log|record) {amount} for {purchase} {bought_on}", "expense: {amount} {purchase}", "i bought {purchase} for {amount}", "bought {purchase} for {amount} {bought_on}", "add expense {amount} {purchase}",
        "{amount} on {purchase}", "just (paid|spent) {amount} (on|for) {purchase}", "(log|add) an expense: {purchase}, {amount}", "put {amount} for {purchase} (in|into) my expenses", "new expense {purchase} {amount}", "{purchase} was {amount}", "i had to pay {amount} for {purchase}", "{purchase} set me back {amount}",
        "note an expense of {amount} for {purchase}", "my expenses: {purchase} {amount}", "dropped {amount} on {purchase} [{bought_on}]", "got {purchase} for {amount} {bought_on}", "{purchase} {bought_on}, {amount}", "charge {amount} to {category_only}", "book {amount} under {category_only}", "expense {amount} for {purchase} {bought_on}",
        "(add|log) {amount} to my expenses for {purchase}", "track that i spent {amount} on {purchase}", "i gave {amount} for {purchase}",
    ),
    "expense_report": (
        "how much (did i spend|have i spent|was spent) on {category} {period}[?]", "how much (did i spend|have i spent) {period}[?]", "(show|show me|give me) my (expenses|spending) for {period}", "expense report for {period}", "(what did i spend|what have i spent) on {category} {period}[?]", "{category} (expenses|spending|costs) {period}[?]",
        "my {category} (expenses|spending) for {period}", "what did i spend {period}[?]", "total (spending|expenses) {period}", "how much money (did i spend|went) on {category} {period}[?]", "(sum up|summarise|summarize|add up) my (expenses|spending) for {period}", "how much did {category} cost me {period}[?]",
        "spending report {period}", "[can you] show [me] what i spent on {category} {period}[?]", "what were my expenses {period}[?]", "what's my total for {category} {period}[?]", "how expensive was {period}[?]", "expenses {period}", "break down my spending for {period}", "how much have i paid for {category} {period}[?]",
        "report my {category} spending for {period}", "how much money did i spend {period}[?]", "what did {category} cost me {period}[?]", "how much went to {category} {period}[?]",
    ),
    "web_search": (
        "(search|look) [the web|online|the internet|google] for {web}", "(google|search|look up) {web}", "web search {web}", "search the web: {web}", "find [me|out] [info|information] (about|on) {web} (online|on the web|on the internet)", "look up {web} (online|on the web|on the internet)", "what does the internet say about {web}[?]",
        "(do a web search|run a search) for {web}", "find {web} online", "can you (google|look up|search for) {web}[?]", "search for {web}", "i'd like to (know about|look up) {web}, search the web", "check online for {web}", "see what you can find (online|on the web) about {web}", "internet search {web}", "duckduckgo {web}",
        "browse the web for {web}", "look for {web} (online|on the internet)", "search online {web}", "any info online about {web}[?]", "find websites about {web}", "what can you find on the web about {web}[?]",
    ),
    "fetch_page": (
        "(open|fetch|get|load|visit|read|download|show|show me) {url}", "(fetch|get|read|open) the page [at] {url}", "what's on {url}[?]", "what does {url} say[?]", "go to {url}", "(fetch|grab|pull) [the] (content|text|contents) (of|from) {url}", "read [me] the (website|page|article|site) {url}", "check [out] {url}",
        "show me what's (at|on) {url}", "[can you|could you] (open|fetch|read) {url} [for me][?]", "summarise {url}", "get me {url}", "(pull up|bring up) {url}", "what's the page at {url} about[?]", "look at {url}", "give me the text of {url}", "take a look at the page {url}",
    ),
    "run_command": (
        "(run|execute|exec) {command}", "(run|execute) the command {command}", "run {backticked}", "[can you|could you|please] (run|execute) {command}[?]", "run {command} [in the|in a] (shell|terminal)", "shell: {command}", "in the terminal run {command}", "(execute|run) this command: {command}", "$ {command}", "run the shell command {command}",
        "do a {command}", "what's the output of {command}[?]", "what does {backticked} (print|output|give)[?]", "run this: {command}", "use the shell to run {command}", "try running {command}", "terminal: {command}", "execute {backticked}", "start the command {command}", "show me the output of {backticked}",
    ),
}  # fmt: skip

FIXED: Mapping[str, tuple[tuple[str, Mapping[str, str]], ...]] = {
    "current_time": tuple(
        (template, {})
        for template in (
            "what time is it[?| now?| right now?]", "what's the time[?]", "whats the time", "current time", "tell me the time", "time[?]", "what's the date [today][?]", "what is today's date[?]", "what day is it [today][?]", "what day is today[?]", "what date is it[?]",
            "how late is it[?]", "do you have the time[?]", "time please", "what's today[?]", "today's date", "got the time[?]", "which day of the week is it[?]", "the current date please", "date and time[?]", "what year is it[?]",
        )
    ),
    "date_difference": tuple(
        (template, {"start": TODAY})
        for template in (
            "how many days (until|till|to|before) {end}[?]", "how long (until|till|is it until) {end}[?]", "days (until|till|to) {end}", "how many days are left (until|till|before) {end}[?]", "how far away is {end}[?]", "how many sleeps (until|till) {end}[?]", "countdown to {end}",
            "how many days is it until {end}[?]", "when is {end}, in days[?]", "number of days until {end}", "how much longer until {end}[?]", "how soon is {end}[?]", "days left till {end}",
        )
    ) + tuple(
        (template, {"end": TODAY})
        for template in ("how many days since {start}[?]", "days since {start}", "how long ago was {start}[?]", "how many days ago was {start}[?]", "how many days have passed since {start}[?]", "how long has it been since {start}[?]")
    ),
    "date_add": tuple(
        (template, {"date": TODAY})
        for template in (
            "(what date is|what's the date|what is the date|what date will it be) [in] {days} from (now|today)[?]", "what date is it in {days}[?]", "what (day|date) will it be in {days}[?]", "(which|what) day is {days} from (now|today)[?]", "the date in {days}", "what's the date in {days}[?]", "{days} from (now|today)",
            "today plus {days}", "when is {days} from (now|today)[?]", "add {days} to today", "what's {days} from today[?]",
        )
    ) + tuple(
        (template, {"date": TODAY})
        for template in ("(what date was|what was the date|what day was|what day was it) {days_before} ago[?]", "the date {days_before} ago", "what was {days_before} before today[?]", "which date was it {days_before} ago[?]")
    ) + tuple(
        (template, {})
        for template in ("what (date|day) (is|was) {days_before} before {date}[?]", "{days_before} before {date}", "subtract {days_before} from {date}", "{date} minus {days_before}", "what's the date {days_before} before {date}[?]")
    ),
    "list_files": tuple(
        (template, {})
        for template in (
            "(list|show|show me) [the|my|all|all my] files", "what files (are here|do i have|are there)[?]", "ls", "what's in (this folder|here|this directory|the current folder)[?]", "list files", "show me what's here", "dir", "list everything here", "which files are in this folder[?]",
            "show the current directory", "what do we have in this folder[?]", "files here[?]", "give me a file listing",
        )
    ),
    "list_tasks": tuple(
        (template, {})
        for template in (
            "(show|list|show me|what are|give me|see) my [open|current] (tasks|todos|to-dos|todo list)[?]", "what's on my (list|todo list|to-do list|plate|task list)[?]", "what do i (have|need) to do [today][?]", "my (tasks|todos|todo list|task list)", "(open|pending|remaining) tasks[?]", "list tasks", "todo list[?]",
            "what tasks (do i have|are open|are left|are pending|remain)[?]", "show [me] the (list|todo list|task list)", "anything (left to do|on my list)[?]", "what's left [to do][?]", "which tasks are still open[?]", "tasks", "do i have any [open] (tasks|todos)[?]", "what should i be doing[?]", "show open tasks",
            "what else is on my todo list[?]", "what have i still got to do[?]", "read me my todo list", "let me see my tasks", "what am i supposed to do [today][?]", "how many tasks do i have[?]",
        )
    ) + tuple(
        (template, {"status": "done"})
        for template in (
            "(show|list|show me|what are) my (done|completed|finished) (tasks|todos)[?]", "what (have i|did i) (done|finish|finished|complete|completed)[?]", "which tasks (are|have i) (done|completed|finished)[?]", "completed tasks[?]", "what tasks did i (finish|complete)[?]", "list everything i've (finished|completed)",
            "show finished tasks", "which todos are done[?]",
        )
    ) + tuple(
        (template, {"status": "all"})
        for template in ("(show|list|show me) all [my|the|of my] tasks[, done and open|, open and done]", "all my tasks", "list all (tasks|todos), done or not", "every task [i have|on my list]", "(show|list) all todos", "show me everything on my task list, finished or not", "list all my tasks including (the done ones|completed)")
    ),
    "web_search": tuple(
        (template, {})
        for template in ("{knowledge}[?]", "{knowledge}", "(so|ok|well), {knowledge}[?]", "do you know {knowledge}[?]", "find out {knowledge}", "look up {knowledge}", "google {knowledge}", "tell me {knowledge}", "{knowledge}?")
    ),
    "expense_report": tuple(
        (template, {"period": "this month"})
        for template in ("(show|show me|list) my expenses", "expense report", "how much (did i spend|have i spent) on {category}[?]", "my expenses", "how much have i spent[?]", "spending summary", "what did i spend on {category}[?]", "how much on {category} so far[?]", "{category} spending[?]")
    ),
}  # fmt: skip

ASKING: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "calculate": (("(calculate|compute) (something|this) [for me]", ("expression",)), ("[can you] do some math [for me][?]", ("expression",)), ("i need a calculation", ("expression",)), ("use the calculator", ("expression",))),
    "convert_units": (("convert {value} {from_only}", ("to_unit",)), ("what is {value} {from_only} in the other unit[?]", ("to_unit",)), ("[can you] convert {value} {from_only} for me[?]", ("to_unit",)),
                      ("convert {pair_to}", ("value",)), ("i need to convert {from_only} to {to_only}", ("value",)), ("change {value} {from_only}", ("to_unit",))),
    "date_difference": (("how many days between {start} and [the other date|then][?]", ("end",)), ("count the days from {start}", ("end",))),
    "date_add": (("what date is it after {date}[?]", ("days",)), ("add [some] days to {date}", ("days",)), ("what's the date a while after {date}[?]", ("days",))),
    "read_file": (("(read|open|show me) (a|the|my|that) file", ("path",)), ("[can you] (read|open) a file [for me][?]", ("path",)), ("i want to read a file", ("path",)), ("open a file", ("path",)), ("show the contents of a file", ("path",))),
    "write_file": (("(write|save) {content} to a file", ("path",)), ("create [a file|a file called|a file named] {file}", ("content",)), ("save {content}", ("path",)), ("make a [new] file called {file}", ("content",)), ("(write|save) something to {file}", ("content",)),
                   ("put {content} in a file", ("path",)), ("(create|write|make) a [new] file", ("path", "content"))),
    "search_files": (("search [my|the] files", ("query",)), ("find something in my files", ("query",)), ("search in {folder}", ("query",)), ("look through my files", ("query",))),
    "add_note": (("(add|make|take|write|create) a [new] note", ("text",)), ("[can you] (take|make) a note [for me][?]", ("text",)), ("new note", ("text",)), ("note", ("text",)), ("i want to write something down", ("text",)), ("note something down [for me]", ("text",))),
    "search_notes": (("search my notes", ("query",)), ("(look|find something) in my notes", ("query",)), ("[can you] check my notes[?]", ("query",))),
    "add_task": (("(add|create|make) a [new] (task|todo)", ("title",)), ("new (task|todo)", ("title",)), ("[can you] add something to my (list|tasks|todo list)[?]", ("title",)), ("add a task for {due}", ("title",)), ("i need to add a task", ("title",)), ("put something on my todo list", ("title",)), ("add a todo due {due}", ("title",))),
    "complete_task": (("(mark|set) a task as done", ("title",)), ("(complete|finish|close) a task", ("title",)), ("i finished a task", ("title",)), ("check something off my list", ("title",)), ("mark it as done", ("title",))),
    "set_reminder": (("remind me to {deed}", ("at",)), ("(set|create|add) a reminder to {deed}", ("at",)), ("(set|create|add) a reminder", ("text", "at")), ("remind me {moment}", ("text",)), ("set a reminder for {moment}", ("text",)), ("[can you] remind me of something [later][?]", ("text", "at")), ("reminder: {deed}", ("at",)), ("remind me {moment} please", ("text",)),
                     ("don't let me forget to {deed}", ("at",)), ("i need a reminder", ("text", "at"))),
    "add_expense": (("(add|log|record) an expense for {purchase}", ("amount",)), ("i (bought|paid for) {purchase}", ("amount",)), ("i spent {amount}", ("category",)), ("(add|log|record) an expense of {amount}", ("category",)), ("(add|log|record) an expense", ("amount", "category")), ("log {purchase} as an expense", ("amount",)), ("i spent money on {purchase}", ("amount",)), ("new expense", ("amount", "category")), ("add {amount} to my expenses", ("category",))),
    "web_search": (("search the (web|internet)", ("query",)), ("[can you] (google|look up|search) something [for me][?]", ("query",)), ("do a web search", ("query",)), ("look something up online", ("query",))),
    "fetch_page": (("(open|fetch|read) (a|the|this|that) (page|website|web page)", ("url",)), ("get a web page", ("url",)), ("[can you] open a website [for me][?]", ("url",))),
    "run_command": (("run a command", ("command",)), ("[can you] (run|execute) something in the (shell|terminal)[?]", ("command",)), ("execute a shell command", ("command",)), ("use the terminal", ("command",))),
}  # fmt: skip

CHAT = (
    ("(hi|hello|hey|hey there|hi there|good morning|good evening|yo|hello there|hiya|howdy|greetings)[!|.]", "hello"),
    ("(hi|hello|hey) (homewit|you|again|friend)[!]", "hello"), ("(good afternoon|good day|morning|evening)[!]", "hello"),
    ("(how are you|how's it going|how are you doing|what's up|sup|how do you do|how is your day)[?| today?]", "fine"), ("(hey|hi), how are you[?]", "fine"), ("everything (ok|good|alright) with you[?]", "fine"),
    ("(thanks|thank you|thx|cheers|ty|thanks a lot|thank you so much|many thanks|much appreciated)[!]", "welcome"), ("(that's|that was) (great|helpful|perfect|nice|awesome)[, thanks]", "welcome"), ("(good job|well done|nice work|great work|you're the best|awesome|perfect|brilliant|nice one)[!]", "welcome"),
    ("(who|what) are you[?]", "identity"), ("what's your name[?]", "identity"), ("(are you|is this) (a bot|a robot|an ai|human|real|chatgpt|a person)[?]", "identity"), ("(introduce yourself|tell me about yourself)", "identity"), ("do you have a name[?]", "identity"), ("who (made|built|created) you[?]", "identity"), ("what model are you[?]", "identity"),
    ("what can you do [for me][?]", "abilities"), ("(help|help me|i need help|can you help me|how can you help me)[?]", "abilities"), ("what (are you good at|do you do|are your features|can i ask you|should i ask you)[?]", "abilities"), ("how do(es|) (this|you) work[?]", "abilities"), ("what commands do you know[?]", "abilities"), ("which tools do you have[?]", "abilities"), ("what are you able to do[?]", "abilities"),
    ("(bye|goodbye|see you|see you later|good night|later|cya|see ya|farewell|take care)[!]", "bye"), ("(that's all|i'm done|that will be all|we're done)[ for today| for now]", "bye"), ("talk to you (later|tomorrow)", "bye"),
    ("(do you|does this) (send|share|upload) my data [anywhere][?]", "privacy"), ("(is my data|are my notes|is this) (private|safe|secure)[?]", "privacy"), ("do you (need|use) the internet[?]", "privacy"), ("where (is my data|are my notes) (stored|kept|saved)[?]", "privacy"), ("who can (see|read) my (data|notes|messages)[?]", "privacy"), ("do you (run locally|run offline|work offline)[?]", "privacy"),
    ("(hi|hello|hey)[,] (nice to meet you|good to see you|long time no see)[!]", "hello"), ("(what's new|what's happening|how's everything|how are things|you good|all good)[?]", "fine"), ("(are you|you) (there|awake|ready|ok|working|listening|online)[?]", "fine"), ("(can you hear me|anybody there|is anyone here|ping)[?]", "fine"),
    ("(thank you very much|thanks so much|thanks again|thanks for your help|i appreciate it|i appreciate your help|thats all thanks|great thanks|ok thanks|perfect thanks|thanks buddy|you rock)[!]", "welcome"), ("(that helped|that works|exactly what i needed|you saved me|good bot|good answer)[!]", "welcome"), ("(what|which) (are you|kind of thing are you|kind of assistant are you)[?]", "identity"), ("(what does|what is) homewit [mean][?]", "identity"), ("(how old are you|where are you from|where do you live|when were you born)[?]", "identity"),
    ("(are you|is homewit) (open source|free|smart|a language model|a person|alive|a program)[?]", "identity"), ("(which|what) (version|language model|llm) (is this|are you|do you run)[?]", "identity"), ("(tell me|explain) (who|what) you are", "identity"), ("(what|how) can (you|homewit) (help|do|assist) [me] [with][?]", "abilities"), ("(show me|tell me|list) what you can do", "abilities"), ("(what|which) (things|tasks|stuff|kind of things) can you (do|handle|help with)[?]", "abilities"), ("(how do i use|how do i start with|how to use) (you|this|homewit)[?]", "abilities"),
    ("(give me|show me) (an example|some examples|a hint|an idea)", "abilities"), ("(i'm new here|first time here|where do i start)[?]", "abilities"), ("(what|which) (tools|functions|skills) (do you have|are there|can you use)[?]", "abilities"), ("(gotta go|got to go|i have to go|i'm leaving|i'm off|logging off|going to bed|have a nice day|have a good one)[!]", "bye"), ("(see you|until|till) (tomorrow|soon|next time)[!]", "bye"), ("(do you|will you) (share|sell|leak|store|keep|save|record) (my|our) (data|notes|messages|conversations|secrets)[?]", "privacy"),
    ("(does|will) (anyone|somebody|a company|google) (see|read|get) (my|this) (data|notes|conversation)[?]", "privacy"), ("(are you|is this|is homewit) (online|connected|local|offline|spying on me|sending data)[?]", "privacy"), ("(is it|am i) (safe|private) (here|to tell you things)[?]", "privacy"), ("(where|how) (do you|does homewit) (store|keep|save) (my data|things|everything)[?]", "privacy"), ("(can you be|are you) (trusted|funny|creative)[?]", "feeling"), ("(another joke|one more joke|got any jokes|entertain me|i want a joke|cheer me up)[?| please]", "joke"), ("(no worries|no problem|not now|maybe later|whatever|hmm ok|understood|makes sense|got you|noted|fair enough|very well|wow|nice|oh|ah ok)[.|!]", "okay"),
    ("(this is|you are|that is) (boring|wrong|stupid|useless|not helpful|amazing|fun)[!]", "feeling"), ("(i'm|i am|im) (so|very|really|a bit) (tired|bored|happy|stressed|sad|excited|angry)[ today]", "feeling"), ("(today was|it's been) (a (good|long|hard|terrible) day|awful|great)", "feeling"), ("(i don't|i do not) (like|trust|understand) you", "feeling"),
    ("(tell me a joke|make me laugh|say something funny|know any jokes?|a joke please)", "joke"), ("do you know a (good|funny) joke[?]", "joke"),
    ("(sorry|my bad|oops|never mind|nevermind|forget it|ok never mind)", "okay"), ("(ok|okay|cool|got it|i see|alright|fine|great|sure|yes|no|right|good|k)[.|!]", "okay"), ("(haha|lol|hehe|hah)", "okay"), ("(i'm (tired|bored|sad|happy|hungry|stressed)|i feel (great|bad|sick)|i had a (bad|good|long) day)", "feeling"), ("(i love you|you're (cute|funny|smart)|do you (like|love) me[?])", "feeling"),
)  # fmt: skip

REPLIES: Mapping[str, str] = {
    "hello": "Hello! What can I do for you?",
    "fine": "I am running well, thank you. What can I do for you?",
    "welcome": "You are welcome.",
    "identity": "I am Homewit, a small assistant that runs on your own machine.",
    "abilities": "I can calculate, convert units, work with dates and files, keep notes, tasks, reminders and expenses, "
    "search the web when you allow it, and remember facts about you.",
    "bye": "Goodbye! Everything you told me is saved on this machine.",
    "privacy": "I run on this machine. Nothing leaves it unless you allow a tool to send something.",
    "joke": "I counted all the jokes I know. The result was zero, and that was the joke.",
    "okay": "All right.",
    "feeling": "Thank you for telling me. I am a small model and not much of a talker, but I am glad to help with your tasks.",
}

NO_TOOL = (
    "(book|reserve|find|get) me a (flight|hotel|table|train|taxi|room) (to|in|at) {city}", "(book|reserve) a (flight|hotel|table|seat|cruise) [to|in|at] [for] {city}", "order [me] [a|some] (pizza|sushi|burger|flowers|groceries|food|taxi|uber|{grocery})", "(play|put on|start) [some|the] (music|jazz|a song|{word} playlist|podcast|radio|video)",
    "(call|phone|ring|dial) {person} [now]", "(turn|switch) (on|off) the (lights|light|heating|tv|{word}|lamp|fan)", "(send|write) an email to {person}", "(email|text|message|whatsapp) {person} [that|about|saying] {word}", "translate {word} (to|into) (french|german|spanish|italian|japanese)", "(draw|paint|generate|make) [me] a (picture|image|drawing|logo|portrait) of [a] {word}",
    "(take|make) a (photo|picture|selfie|screenshot|video)", "(buy|sell) [me] [a|some] (stocks|bitcoin|shares|car|{word}) [of {word}]", "(transfer|send|wire) {money} to {person}", "(lock|unlock|open|close) the (door|garage|window|car|{word})", "(start|warm up) the (car|dishwasher|washing machine|oven|robot|vacuum)",
    "write [me] a (poem|song|story|novel|essay|speech|haiku) [about|for] {word}", "(compose|sing) [me] a song [about {word}]", "(tweet|post) [this|about] {word} [on facebook|on instagram|on twitter]", "what do you think (of|about) {word}[?]", "who will win the [next] (election|game|match|{word} cup)[?]", "drive me to {city}",
    "(cook|make|bake) me [a|some] (dinner|cake|coffee|sandwich|{grocery})", "(fix|repair) my (car|sink|phone|computer|{word})", "(install|uninstall|update) {word}", "print {file}", "(scan|fax) the (document|letter|{word})", "(delete|remove|rename|move|copy) {file}", "set the (thermostat|temperature|alarm clock|volume) to {digit}{digit}", "(raise|lower|increase) the (volume|brightness|heating)",
    "(invite|add) {person} to the (meeting|call|party|group)", "(schedule|arrange|organise) a meeting with {person}", "(pay|settle) my (bill|taxes|fine|rent)", "(rent|hire) [me] a (car|bike|boat|{word})", "(solve|finish|do) my (homework|exam|thesis)", "(what is|what's) the meaning of life[?]", "should i (quit my job|marry {person}|buy a {word}|move to {city})[?]",
    "(check|read) my (email|mail|inbox|messages|calendar|bank account|voicemail)", "(show|what's on) my (calendar|agenda|schedule)[?]", "(track|where is) my (package|order|phone|delivery)[?]", "(connect to|join) the (wifi|vpn|bluetooth|meeting)", "(shut down|restart|reboot) (the computer|my laptop|the server)", "(hack|break) into {word}", "(teleport|fly|take) me to {city}", "(feed|walk) the (dog|cat) for me",
    "(play|skip|pause) [the] (next|previous) (song|track|episode)", "(order|buy|get) me (tickets|a ticket|new shoes|a present) (for|to) {city}", "(book|make|get) an appointment (with|at) [the] (doctor|dentist|hairdresser|{word})", "(call|get) me (a cab|an uber|a taxi|an ambulance)", "(pay|transfer|send) {person} {money}", "(set|change) the (wallpaper|ringtone|theme)", "(show|give) me (directions|the way) to {city}",
    "navigate [me] to {city}", "(join|start) a (zoom|video) call [with {person}]", "(post|share) (a photo|this) on (instagram|facebook)", "(order|reorder) [some|more] {grocery}", "how do i look[?]", "(wake|pick) me up [at {time}]", "(move|carry|lift) the {word}", "(guess|predict) the (future|lottery numbers|weather tomorrow)", "(tell|read) me a (story|bedtime story|fairy tale)", "(design|build|code) [me] a (website|app|game|{word})", "(return|exchange) the {word} i bought", "(report|complain about) the {word}", "(vote|bid) for {person}",
    "(text|message|ping) {person} [that] i'm (late|home|on my way)", "(reply|respond) to {person}'s (email|message)", "(mute|unmute|silence) my (phone|microphone)", "(charge|find) my (phone|laptop|keys)", "(summon|hire) a {word}", "(knit|sew|fold) me a {word}", "(what should i|should i) (wear|eat|cook|watch) (today|tonight)[?]", "which (team|phone|car) is better[?]", "(do you think|is it true) {person} likes me[?]",
    "(record|edit) a (video|song|voice memo)", "(zoom|facetime|skype) {person}", "get me tickets (to|for) the {word} (concert|show|game)", "(clean|tidy) (my room|the house|the {word})", "(subscribe|unsubscribe) me (to|from) {word}", "(upload|download) the {word} (to|from) the cloud", "(proofread|rewrite|paraphrase) my {word}", "dim the {word}", "water my garden", "(recommend|suggest) [me] a (movie|book|restaurant|{word})",
)  # fmt: skip

SCHEDULE = (
    "(every|each) (day|morning|evening|week|month|monday|tuesday|friday|sunday|weekday) [at {time}] {task}", "{task} (every|each) (day|morning|week|month|monday|friday|hour) [at {time}]", "(daily|weekly|monthly): {task}", "(run|do) this (every|each) (day|week|month): {task}", "schedule {task} (every|each) (day|week|monday)", "(every|each) (hour|other day|two weeks|saturday), {task}",
)  # fmt: skip
