package function

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

// version is set where a program is built without its repository:
// -ldflags '-X github.com/paraphe/paraphe/shared/function.version=v1.2.3'.
var version string

// Version is the tag of the release that this program was built from. Between two releases it is what Go makes of the
// commit, such as v0.1.1-0.20261128095244-11069f6b0c1d, with +dirty if files were changed; "unknown" if nobody said.
func Version() string {
	if version != "" {
		return version
	}
	if info, known := debug.ReadBuildInfo(); known && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "unknown"
}

// WriteVersion writes the line that every program answers to -version.
func WriteVersion(w io.Writer, program string) {
	_, _ = fmt.Fprintf(w, "%s %s %s %s/%s\n", program, Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// usage is what a function's program answers to -help: all that it takes comes from the environment.
func usage(w io.Writer, m Manifest) {
	_, _ = fmt.Fprintf(w, `%s serves the function of that name on PORT (8080) until it is told to stop.

  -version   the release and how it was built
  -help      this

Its settings are environment variables; docs/deploy.md says what each means:

  %s
`, m.Name, strings.Join(append([]string{"PORT", "LOG_LEVEL", "K_SINK (or BROKER_URL)"}, SettingNames(m.Settings)...), "\n  "))
}

// answerFlag answers what a program is asked on its command line, and reports whether that was all that it was started
// for. What it does not know is an error: a container's misspelt argument would be passed over in silence.
func answerFlag(args []string, m Manifest, out io.Writer) (done bool, err error) {
	if len(args) == 0 {
		return false, nil
	}
	switch args[0] {
	case "-version", "--version":
		WriteVersion(out, m.Name)
	case "-h", "-help", "--help":
		usage(out, m)
	default:
		return false, fmt.Errorf("%s takes no argument %q: see %s -help", m.Name, args[0], m.Name)
	}
	return true, nil
}
