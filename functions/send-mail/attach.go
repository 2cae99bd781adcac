package sendmail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/paraphe/paraphe/functions/send-mail/transport"
	"github.com/paraphe/paraphe/shared/contract"
	"github.com/paraphe/paraphe/shared/events"
	"github.com/paraphe/paraphe/shared/persistclient"
)

// attachLimit is how many bytes are attached at most. SendGrid takes 30 MB in base64, which is 22.5 MB of bytes,
// and many mailboxes take 25 MB. What is larger is to be had by the link.
const attachLimit = 16 << 20

// files fetches what goes with the notification: the signed copy and its proof, with the notifications that say that everyone signed.
func (w *sender) files(ctx context.Context, order events.SendMail, v *persistclient.View, in language) ([]transport.File, error) {
	if order.Kind != contract.SignedCopyNotification && order.Kind != contract.LateSignature {
		return nil, nil
	}
	if v.SignedCopy == nil {
		return nil, errors.New("the record has no signed copy")
	}
	var files []transport.File
	left := int64(attachLimit)
	for _, d := range []struct {
		document *contract.Document
		kind     string
	}{{v.SignedCopy, in.signed}, {v.Proof, in.proof}} {
		if d.document == nil || d.document.Size > left {
			break // without the copy, the proof alone would confuse
		}
		bytes, err := w.persist.File(ctx, v.ID, d.document.SHA256)
		if err != nil {
			return nil, fmt.Errorf("fetch the document to attach: %w", err)
		}
		left -= d.document.Size
		files = append(files, transport.File{Name: fileName(v.Title, d.kind), Bytes: bytes})
	}
	return files, nil
}

// fileNameLimit is how many characters of the title a file is named after: with four bytes each it stays under the
// 255 bytes that file systems take.
const fileNameLimit = 50

// fileName names a document after the contract, with nothing in it that a file system, a shell or a mail header
// reads as more than a letter: letters, digits, spaces, dots inside, hyphens, underscores.
func fileName(title, kind string) string {
	kept := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune(" ._-", r) {
			return r
		}
		return ' '
	}, transport.OneLine(title, 4*fileNameLimit))
	runes := []rune(strings.Join(strings.Fields(kept), " "))
	name := strings.Trim(string(runes[:min(len(runes), fileNameLimit)]), " .-_")
	if name == "" {
		return kind + ".pdf"
	}
	return name + " - " + kind + ".pdf"
}
