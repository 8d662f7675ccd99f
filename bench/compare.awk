# Turns measurements (recipe, program, threads, seconds, test accuracy; a line each) into the report of bench/compare.
# Variables: programs, separated by blanks and scrawl first; json, true or false; rounds.

{
  if (!($1 in seen)) recipes[++recipe_count] = $1
  seen[$1] = 1
  run = $1 SUBSEP $2 SUBSEP $3
  time[run, ++count[run]] = $4 + 0
  score[run, count[run]] = $5 + 0
  threads[$1, $2, ++thread_count[$1, $2]] = $3
}

function median(run,    i, j, n, value, sorted) {
  n = count[run]
  for (i = 1; i <= n; ++i) {
    value = time[run, i]
    for (j = i - 1; j >= 1 && sorted[j] > value; --j) sorted[j + 1] = sorted[j]
    sorted[j + 1] = value
  }
  lowest = sorted[1]
  highest = sorted[n]
  return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

# Keeps the median, the spread and the accuracies of the number of threads that suits the program best.
function choose(recipe, program,    i, run, value) {
  for (i = 1; i <= thread_count[recipe, program]; ++i) {
    run = recipe SUBSEP program SUBSEP threads[recipe, program, i]
    value = median(run)
    if (i == 1 || value < middle[program]) {
      middle[program] = value
      low[program] = lowest
      high[program] = highest
      best_threads[program] = threads[recipe, program, i]
      best_run[program] = run
    }
  }
}

function accuracy_list(run,    i, text) {
  for (i = 1; i <= count[run]; ++i) text = text (i > 1 ? "," : "") sprintf("%.4f", score[run, i])
  return text
}

function accuracy_range(run,    i, least, most) {
  least = most = score[run, 1]
  for (i = 2; i <= count[run]; ++i) {
    if (score[run, i] < least) least = score[run, i]
    if (score[run, i] > most) most = score[run, i]
  }
  return sprintf("%.2f..%.2f", least * 100, most * 100)
}

function clock(recipe) { return recipe == "three-layer" ? "steps_seconds" : "train_seconds" }

function ratio() { return middle["scrawl"] > 0 ? middle[best] / middle["scrawl"] : 0 }

function print_json(recipe,    i, program) {
  printf "{\"recipe\":\"%s\",\"clock\":\"%s\",\"rounds\":%d", recipe, clock(recipe), rounds
  for (i = 1; i <= program_count; ++i) {
    program = name[i]
    printf ",\"%s\":{\"median\":%.6f,\"min\":%.6f,\"max\":%.6f", program, middle[program], low[program], high[program]
    if (program != "scrawl") printf ",\"threads\":%d", best_threads[program]
    printf ",\"test_accuracy\":[%s]}", accuracy_list(best_run[program])
  }
  printf ",\"best_rival\":\"%s\",\"ratio\":%.3f}\n", best, ratio()
}

function cell(program) {
  return sprintf("%.3f (%.3f..%.3f)%s", middle[program], low[program], high[program],
                 program == "scrawl" ? "" : " x" best_threads[program])
}

function print_row(recipe,    i) {
  printf "%-14s %-14s", recipe, clock(recipe)
  for (i = 1; i <= program_count; ++i) printf " %-26s", cell(name[i])
  printf " %6.2f (%s)\n", ratio(), best
  lines = lines sprintf("%-14s", recipe)
  for (i = 1; i <= program_count; ++i) lines = lines sprintf(" %-26s", accuracy_range(best_run[name[i]]))
  lines = lines "\n"
}

function print_heading(first, last,    i) {
  printf "%s", first
  for (i = 1; i <= program_count; ++i) printf " %-26s", name[i]
  print last
}

END {
  program_count = split(programs, name, " ")
  if (json != "true") {
    print "Seconds: median (least..most) of " rounds " rounds; x1, x2: the rival's better number of threads."
    print_heading(sprintf("%-14s %-14s", "recipe", "clock"), " best rival / scrawl")
  }
  for (r = 1; r <= recipe_count; ++r) {
    best = ""
    for (i = 1; i <= program_count; ++i) {
      # Forget the previous recipe's winner.
      delete middle[name[i]]
      choose(recipes[r], name[i])
      if (i > 1 && (best == "" || middle[name[i]] < middle[best])) best = name[i]
    }
    if (json == "true") print_json(recipes[r])
    else print_row(recipes[r])
  }
  if (json != "true") {
    print "\nTest accuracy in percent, least..most:"
    print_heading(sprintf("%-14s", "recipe"), "")
    printf "%s", lines
  }
}
