package mailbox

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/paraphe/paraphe/knative/local/atomicfile"
)

// load reads the folder. The names of the files are in the order in which the mails came.
func (m *Mailbox) load() error {
	if err := os.MkdirAll(m.o.Dir, 0o700); err != nil {
		return fmt.Errorf("open the mailbox: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(m.o.Dir, "*.json"))
	if err != nil {
		return fmt.Errorf("open the mailbox: %w", err)
	}
	slices.Sort(files)
	for _, file := range files {
		mail, err := read(file)
		if err != nil {
			m.o.Log.Warn("mail file not read", "file", file, "error", err.Error())
			continue
		}
		number, _, _ := strings.Cut(mail.ID, "-")
		n, _ := strconv.ParseInt(number, 10, 64) // a file of another name keeps its place and counts as none
		m.next = max(m.next, n+1)
		m.mails = append(m.mails, mail.bare())
	}
	return m.forget()
}

func read(file string) (Mail, error) {
	text, err := os.ReadFile(file) // a file of the mailbox's own folder
	if err != nil {
		return Mail{}, err
	}
	var mail Mail
	return mail, json.Unmarshal(text, &mail)
}

// keep writes mails down before they are shown. It does not wait for the disk: this is a stand-in, and a page that
// shows a mail at once is worth more here than one that a power cut cannot take.
func (m *Mailbox) keep(mails ...Mail) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, mail := range mails {
		mail.ID = fmt.Sprintf("%012d-%s", m.next, strings.ToLower(rand.Text()[:6]))
		for i := range mail.Attachments {
			mail.Attachments[i].URL = fmt.Sprintf("/api/mails/%s/attachments/%d", mail.ID, i)
		}
		if err := atomicfile.WriteJSON(m.file(mail.ID), mail); err != nil {
			return fmt.Errorf("store a mail: %w", err)
		}
		m.next++
		m.mails = append(m.mails, mail.bare())
	}
	return m.forget()
}

// forget removes the oldest mails beyond those that are kept.
func (m *Mailbox) forget() error {
	for len(m.mails) > m.most {
		if err := os.Remove(m.file(m.mails[0].ID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a mail: %w", err)
		}
		m.mails = m.mails[1:]
	}
	return nil
}

func (m *Mailbox) file(id string) string { return filepath.Join(m.o.Dir, id+".json") }

// find returns the mail of this id. Only ids in the list are looked for on disk: an id is no path.
func (m *Mailbox) find(id string) (Mail, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, mail := range m.mails {
		if mail.ID == id {
			return mail, true
		}
	}
	return Mail{}, false
}
