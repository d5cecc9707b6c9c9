extension DeploymentScript {
    /// Puts what was copied in its place once its bytes are the right ones, and takes old versions away.
    ///
    /// Three versions stay, and all that were used within seven days or run here: a home directory may be that of many
    /// machines, and what runs on the others cannot be seen.
    static func finish(_ program: LocalProgram, part: String, file: String) -> DeploymentScript {
        DeploymentScript(
            #"""
            if has sha256sum; then
              case $(sha256sum <"$part") in "$digest"*) ;; *) rm -f "$part"; say differs; say end; exit 0 ;; esac
            elif has wc; then
              [ "$(wc -c <"$part")" -eq "$size" ] || { rm -f "$part"; say differs; say end; exit 0; }
            fi
            answer=$(chmod 700 "$part" 2>&1 && mv -f "$part" "$file" 2>&1) || {
              rm -f "$part"
              fault "it could not be put in its place ($(first_line "$answer")): remove $file"
            }
            touch "${file%/*}"
            say placed
            directory=${file%/*}
            base=${directory%/*}
            if has ls find grep && cd "$base"; then
              find . -name '*.part-*' -type f -mtime +1 -exec rm -f {} \; </dev/null 2>/dev/null
              kept=0
              for old in $(ls -1t </dev/null); do
                case $old in *[!0-9a-f]*) continue ;; esac
                [ ${#old} -eq 32 ] || continue
                kept=$((kept + 1))
                [ "$kept" -gt 3 ] && [ "$old" != "$version" ] || continue
                [ -n "$(find "./$old" -prune -mtime +7 2>/dev/null </dev/null)" ] || continue
                ! ls -l /proc/[0-9]*/exe 2>/dev/null </dev/null | grep -q "/$old/" || continue
                rm -rf "./$old"
              done
            fi

            """#,
            [
                ("part", part), ("file", file), ("digest", program.digest), ("size", String(program.size)),
                ("version", String(program.digest.prefix(32))),
            ])
    }

    /// Takes away what was copied in vain.
    static func remove(_ path: String) -> DeploymentScript {
        DeploymentScript("! has rm || rm -f \"$path\"\n", [("path", path)])
    }

    /// Where a program of the machine is: by its path, by that from the home directory, or by its name.
    static func find(_ program: String) -> DeploymentScript {
        DeploymentScript(
            #"""
            case $program in
            "~/"*) file=${HOME-}/${program#"~/"} ;;
            /*) file=$program ;;
            */*) file=${HOME-}/$program ;;
            *) file=$(command -v "$program") ;;
            esac
            case $file in
            *"$line_end"*) ;;
            /*) [ ! -f "$file" ] || { say found; [ ! -x "$file" ] || say file "$file"; } ;;
            esac

            """#, [("program", program)])
    }
}
