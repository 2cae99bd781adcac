package receivewebhook

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/paraphe/paraphe/shared/clientaddr"
)

// addressList is where one service calls one slot from, as a file of ours says. Services change their lists, so the
// file may change under a running process: a mounted ConfigMap does so within a minute of being applied.
type addressList struct {
	folder fs.FS
	name   string // "yousign.main": service and slot
	now    func() time.Time
	log    *slog.Logger

	mu      sync.Mutex
	listed  clientaddr.Networks
	version string    // of the file, when it was last read, well or not
	looked  time.Time // when it was last looked whether the file changed
}

// lookEvery bounds how often the file is looked at. Nothing looks while nobody knocks.
const lookEvery = 2 * time.Second

var errEmptyList = errors.New("it lists no network")

// openAddressList reads the list for the first time. Without one there is nothing to fall back on.
func openAddressList(folder fs.FS, name string, now func() time.Time, log *slog.Logger) (*addressList, error) {
	l := &addressList{folder: folder, name: name, now: now, log: log, looked: now()}
	l.version = l.versionNow()
	var err error
	l.listed, err = l.read()
	return l, err
}

// networks returns the list as it is, at most lookEvery late. A list that went missing or wrong changes nothing: it is
// told in the log, once, and the one before it stays.
func (l *addressList) networks() clientaddr.Networks {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.now(); now.Before(l.looked) || now.Sub(l.looked) >= lookEvery {
		l.looked = now
		l.refresh()
	}
	return l.listed
}

// refresh notes the version before it reads: a file that is written meanwhile is read again.
func (l *addressList) refresh() {
	version := l.versionNow()
	if version == l.version {
		return
	}
	l.version = version
	listed, err := l.read()
	if err != nil {
		l.log.Error("the list of addresses cannot be read: the one before it stays", "list", l.name, "error", err.Error())
		return
	}
	l.listed = listed
	l.log.Info("the list of addresses changed", "list", l.name, "networks", len(listed))
}

// versionNow is the time at which the file changed and its length: an editor may write twice within the clock's grain.
func (l *addressList) versionNow() string {
	info, err := fs.Stat(l.folder, l.name)
	if err != nil {
		return "none"
	}
	return fmt.Sprint(info.ModTime().UnixNano(), info.Size())
}

func (l *addressList) read() (clientaddr.Networks, error) {
	text, err := fs.ReadFile(l.folder, l.name)
	if err != nil {
		return nil, err
	}
	return parseList(string(text))
}

// parseList reads networks and single addresses, in lines and separated by commas; what follows "#" is for people. A
// list of nobody is a mistake: it would refuse every webhook without a word.
func parseList(text string) (clientaddr.Networks, error) {
	var all clientaddr.Networks
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		var some clientaddr.Networks
		if err := some.Decode(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return nil, errEmptyList
	}
	return all, nil
}
