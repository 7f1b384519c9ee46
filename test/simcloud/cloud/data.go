package cloud

import (
	"net/http"
	"strconv"
	"strings"
)

// What holds data: volumes and shares with their files, buckets with their
// objects.

// checkSize lets volumes grow only.
func checkSize(_ *Cloud, old, r *record) error {
	if old == nil {
		return nil
	}
	was, is := number(old.Attributes["size"]), number(r.Attributes["size"])
	if is < was {
		return badRequest("Invalid input received: New size for extend must be greater than current size. (current: %v, extended: %v).", was, is)
	}
	return nil
}

// checkShareSize lets shares grow, and shrink as long as they are empty: a driver
// that would cut off data leaves the share in an error state, which is what the
// provider then reports.
func checkShareSize(c *Cloud, old, r *record) error {
	if old == nil || number(r.Attributes["size"]) >= number(old.Attributes["size"]) {
		return nil
	}
	for _, f := range c.records[File] {
		if f.Text("shareId") == r.ID {
			return badRequest("Invalid share: Share %s cannot be shrunk: its status would be shrinking_possible_data_loss_error.", r.ID)
		}
	}
	return nil
}

// places are the attributes of a File that say where it is.
var places = []string{"volumeId", "shareId", "volumeSnapshotId", "shareSnapshotId"}

func checkFile(c *Cloud, _, r *record) error {
	at := ""
	for _, p := range places {
		if r.Text(p) == "" {
			continue
		}
		if at != "" {
			return badRequest("A file is in one place, not by both %s and %s.", at, p)
		}
		at = p
	}
	if at == "" {
		return badRequest("A file must be somewhere: give it one of %s.", strings.Join(places, ", "))
	}
	for _, other := range c.records[File] {
		if other.ID != r.ID && other.Text(at) == r.Text(at) && other.Text("name") == r.Text("name") {
			return conflict("File %s already exists there.", r.Text("name"))
		}
	}
	return nil
}

// assignSnapshot takes the size, which is the source's at this time.
func assignSnapshot(c *Cloud, r *record) error {
	source := c.find(Volume, r.Text("volumeId"))
	if source == nil {
		source = c.find(Share, r.Text("shareId"))
	}
	r.set("size", source.Attributes["size"])
	assignProject(r)
	return nil
}

// quota is the key of a container's metadata that limits its bytes.
const quota = "quota-bytes"

// checkObject holds an object to its container's quota.
func checkObject(c *Cloud, _, r *record) error {
	container := c.find(Container, r.Text("containerName"))
	limit, limited := containerQuota(container)
	if !limited {
		return nil
	}
	used := len(r.Text("content"))
	for _, o := range c.records[Object] {
		if o.ID != r.ID && o.Text("containerName") == container.ID {
			used += len(o.Text("content"))
		}
	}
	if used > limit {
		return refuse(http.StatusRequestEntityTooLarge, "Upload exceeds quota.")
	}
	return nil
}

func containerQuota(container *record) (bytes int, limited bool) {
	metadata, _ := container.Attributes["metadata"].(map[string]any)
	for k, v := range metadata {
		if !strings.EqualFold(k, quota) {
			continue
		}
		text, _ := v.(string)
		n, err := strconv.Atoi(text)
		return n, err == nil
	}
	return 0, false
}
