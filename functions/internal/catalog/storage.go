package catalog

import (
	"fmt"
	"net/url"
	"regexp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

var term = regexp.MustCompile(`^[1-9][0-9]{0,4}[hd]$`)

// checkLevelStorage refuses what the schema refuses too: rendering has no API
// server.
func checkLevelStorage(field string, l v1alpha1.LevelStorage) error {
	if l.Keep != "" && l.Keep != v1alpha1.KeepRetain && l.Keep != v1alpha1.KeepDelete {
		return refusal.NotOneOf(field+".keep", l.Keep, "is not a policy", []string{v1alpha1.KeepRetain, v1alpha1.KeepDelete})
	}
	if l.KeepTerm != "" && !term.MatchString(string(l.KeepTerm)) {
		return refusal.New(field+".keepTerm", l.KeepTerm, "is not a number of hours or days", "Set for example 30d.")
	}
	return nil
}

func checkTools(p *v1alpha1.PlatformSpec) error {
	for _, t := range p.Tools {
		field := fmt.Sprintf("spec.tools[%s]", t.Name)
		if t.Image == "" {
			return refusal.New(field+".image", "", "is missing", "Set the image without its tag.")
		}
		if t.Version == "" {
			return refusal.New(field+".version", "", "is missing", "Set the tag of the image.")
		}
	}
	return nil
}

// checkCloudStorage checks what a cloud says of its volumes, shares and buckets.
func checkCloudStorage(field string, c *v1alpha1.Cloud) error {
	if err := unique(field+".performances", c.Performances, func(p v1alpha1.CloudPerformance) string { return string(p.Name) }); err != nil {
		return err
	}
	for _, p := range c.Performances {
		if err := checkAmounts(fmt.Sprintf("%s.performances[%s].prices", field, p.Name), storageAmounts(p.Prices)); err != nil {
			return err
		}
	}
	if s := c.Shares; s != nil {
		if s.Provisioning != "" && s.Provisioning != "Static" && s.Provisioning != "Dynamic" {
			return refusal.NotOneOf(field+".shares.provisioning", s.Provisioning, "is not a way to make shares", []string{"Static", "Dynamic"})
		}
		if n := s.ShareNetwork; n != nil && (n.NetworkID == "") != (n.SubnetID == "") {
			return refusal.New(field+".shares.shareNetwork", firstSet(n.NetworkID, n.SubnetID), "is one id of two", "Set both networkID and subnetID, or neither.")
		}
	}
	if b := c.Buckets; b != nil {
		if u, err := url.Parse(b.Endpoint); err != nil || u.Host == "" {
			return refusal.New(field+".buckets.endpoint", b.Endpoint, "is not the address of an S3 API", "Set for example https://s3.example.org.")
		}
	}
	return nil
}

func firstSet(a, b v1alpha1.UUID) v1alpha1.UUID {
	if a != "" {
		return a
	}
	return b
}
