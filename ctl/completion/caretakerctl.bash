# SPDX-License-Identifier: MIT
# Completion of caretakerctl for bash. Job names are read as data: compgen -W would expand them.

_caretakerctl_jobs() {
  local name
  while IFS= read -r name; do
    [[ $name == "$2"* ]] && COMPREPLY+=("$(printf '%q' "$name")")
  done < <("${1:-caretakerctl}" "${@:3}" --timeout 1s jobs --names 2>/dev/null)
}

_caretakerctl() {
  local commands="status jobs start stop restart run reload metrics history check-config doctor cleanup mysql setup version"
  local common="--help --socket --timeout --json"
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local command="" subcommand="" options="" word
  local -a socket=()
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --socket)
        i=$((i + 1))
        ((i < COMP_CWORD)) && socket=(--socket "${COMP_WORDS[i]}")
        ;;
      --timeout | --since | --limit | --label | --user | --password-file | --config) i=$((i + 1)) ;;
      --host | --server-socket | --tls | --tls-ca | --admin-user | --admin-password-file) i=$((i + 1)) ;;
      --database | --account-host | --root | --engine) i=$((i + 1)) ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=$word; elif [[ -z $subcommand ]]; then subcommand=$word; fi ;;
    esac
  done

  COMPREPLY=()
  case $previous in
    --socket | --password-file | --config | --server-socket | --tls-ca | --admin-password-file | --root | --engine)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --tls)
      mapfile -t COMPREPLY < <(compgen -W "off preferred required verify-ca verify-identity" -- "$current")
      return
      ;;
    --host)
      mapfile -t COMPREPLY < <(compgen -A hostname -- "$current")
      return
      ;;
    --timeout | --since | --limit | --label | --user | --admin-user | --database | --account-host) return ;;
  esac
  case $command in
    "") options="--version" ;;
    jobs) options="--names" ;;
    start | stop | restart) options="--all" ;;
    history) options="--label --since --limit" ;;
    doctor) options="--config" ;;
    cleanup)
      case $subcommand in
        plan) options="--pressure --all" ;;
        run) options="--dry-run" ;;
        explain) options="--pressure" ;;
        history) options="--since --limit --actions" ;;
      esac
      ;;
    mysql) options="--user --password-file --config --dry-run --since" ;;
    setup)
      case $subcommand in
        mysql)
          options="--dry-run --yes --host --server-socket --tls --tls-ca --admin-user --admin-password-file"
          options+=" --database --user --account-host --password-file --rotate --may-maintain --config --root"
          ;;
        docker) options="--dry-run --yes --engine" ;;
      esac
      ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$common $options" -- "$current")
    return
  fi
  case $command in
    "") mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current") ;;
    start | stop | restart | run) _caretakerctl_jobs "$1" "$current" "${socket[@]}" ;;
    cleanup)
      [[ -z $subcommand ]] &&
        mapfile -t COMPREPLY < <(compgen -W "status plan run explain history" -- "$current")
      ;;
    setup) mapfile -t COMPREPLY < <(compgen -W "mysql docker" -- "$current") ;;
    mysql) mapfile -t COMPREPLY < <(compgen -W "maintain redeliver" -- "$current") ;;
    check-config) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
  esac
}

complete -o filenames -F _caretakerctl caretakerctl
